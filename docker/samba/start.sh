#!/bin/sh
# Makes the domain in an empty volume, and serves it.
set -eu
: "${BRIDGE_PASSWORD:?set BRIDGE_PASSWORD, the password of CN=scimfront,OU=Services,DC=corp,DC=example,DC=com}"
data=/var/lib/domain
export TDB_NO_FSYNC=1 SUFFIX=DC=corp,DC=example,DC=com

# Samba's own certificate has no name that a client could check it by.
if [ ! -e /certificates/key.pem ]; then
  cd /certificates
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=Domain CA' \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=domain -keyout key.pem -out request.pem 2>/dev/null
  printf 'subjectAltName=DNS:domain,DNS:localhost\nextendedKeyUsage=serverAuth\n' > names
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile names -out cert.pem 2>/dev/null
  rm -f ca.key request.pem names
  chmod 600 key.pem
  chmod 644 ca.pem
fi

if [ ! -e "$data/made" ]; then
  rm -rf "$data"/*
  # Nobody ever needs the administrator's password again.
  echo "Aa1-$(openssl rand -hex 16)" | /usr/bin/python3 /usr/share/domain/provision.py "$data" corp.example.com
fi
cat > "$data/smb.conf" <<SETTINGS
[global]
netbios name = DC1
realm = corp.example.com
workgroup = CORP
server role = active directory domain controller
server services = ldap
dcerpc endpoint servers =
private dir = $data/private
state directory = $data/state
cache directory = $data/cache
lock directory = $data/lock
pid directory = $data/run
ncalrpc dir = $data/ncalrpc
binddns dir = $data/bind-dns
tls enabled = yes
tls cafile = /certificates/ca.pem
tls certfile = /certificates/cert.pem
tls keyfile = /certificates/key.pem
log file = /dev/null
SETTINGS
for folder in cache lock run ncalrpc bind-dns; do mkdir -p "$data/$folder"; done

if [ ! -e "$data/made" ]; then
  export DC="tdb://$data/private/sam.ldb" PASSWORD="$BRIDGE_PASSWORD" ADMIN="--configfile=$data/smb.conf"
  for unit in Services Staff Teams; do samba-tool ou create "OU=$unit,$SUFFIX" -H "$DC" $ADMIN >/dev/null; done
  sh /usr/share/domain/rights.sh >/dev/null
  for person in bjensen:Barbara:Jensen jsmith:John:Smith mlee:Mei:Lee; do
    IFS=: read -r name given family <<PERSON
$person
PERSON
    samba-tool user create "$name" --random-password --userou=OU=Staff --given-name="$given" --surname="$family" \
      --mail-address="$name@corp.example.com" -H "$DC" $ADMIN >/dev/null
  done
  samba-tool group add staff --groupou=OU=Teams -H "$DC" $ADMIN >/dev/null
  samba-tool group addmembers staff bjensen,jsmith,mlee -H "$DC" $ADMIN >/dev/null
  touch "$data/made"
fi
exec samba --foreground --no-process-group --model=single --configfile="$data/smb.conf" </dev/null
