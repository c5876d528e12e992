# Makes an Active Directory domain in an empty folder, and fills it. Run by Debian's own Python, which has Samba's library.
#
# Arguments: the folder, the realm. Standard input: a line with the password of the administrator, then LDIF, content records
# and changes, which is stored in one transaction; DNs of accounts that may manage others stand in lines `# manages: DN`.
import logging
import os
import sys

import ldb
from samba import param
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.provision import provision

folder, realm = sys.argv[1:]
password = sys.stdin.readline().rstrip("\n")
ldif = sys.stdin.read()

logger = logging.getLogger()
logger.setLevel(logging.ERROR)
empty = os.path.join(folder, "empty.conf")
open(empty, "w").close()
lp = param.LoadParm()
lp.load(empty)
result = provision(
    logger,
    system_session(),
    smbconf=None,
    targetdir=folder,
    lp=lp,
    realm=realm,
    domain=realm.split(".")[0].upper()[:15],
    hostname="dc1",
    hostip="127.0.0.1",
    adminpass=password,
    dns_backend="NONE",
    dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
    serverrole="active directory domain controller",
    # No access control lists on files: they need a file system that has them, and nobody reads SYSVOL.
    skip_sysvolacl=True,
    batch_mode=True,
)
samdb = result.samdb


def replace(dn, attribute, value):
    message = ldb.Message(ldb.Dn(samdb, dn))
    message[attribute] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, attribute)
    samdb.modify(message)


# A domain that is kept would lock everybody out after 42 days.
replace(samdb.domain_dn(), "maxPwdAge", "-9223372036854775808")
replace(samdb.domain_dn(), "minPwdAge", "0")

samdb.transaction_start()
for kind, message in samdb.parse_ldif(ldif):
    if kind == ldb.CHANGETYPE_MODIFY:
        samdb.modify(message)
    else:
        # The relax control lets an object come with a GUID of its own.
        samdb.add(message, ["relax:0"] if "objectGUID" in message else [])
for line in ldif.splitlines():
    if line.startswith("# manages: "):
        operators = ldb.Message(ldb.Dn(samdb, "CN=Account Operators,CN=Builtin," + samdb.domain_dn()))
        operators["member"] = ldb.MessageElement(line[len("# manages: "):], ldb.FLAG_MOD_ADD, "member")
        samdb.modify(operators)
samdb.transaction_commit()
