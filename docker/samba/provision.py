"""Makes the domain corp.example.com in a folder. Usage: provision.py FOLDER PASSWORD"""

import logging
import sys

from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
from samba.provision import provision

folder, password = sys.argv[1:]
empty = f"{folder}/empty.conf"
open(empty, "w").close()
parameters = LoadParm()
parameters.load(empty)
provision(
    logging.getLogger("provision"),
    system_session(),
    smbconf=None,
    targetdir=folder,
    realm="corp.example.com",
    domain="CORP",
    hostname="domain",
    hostip="127.0.0.1",
    adminpass=password,
    dns_backend="NONE",
    dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
    serverrole="active directory domain controller",
    skip_sysvolacl=True,
    batch_mode=True,
    lp=parameters,
)
