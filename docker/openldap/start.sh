#!/bin/sh
# Loads the tree into an empty volume, and serves it.
set -eu
data=/var/lib/directory
conf=/tmp/slapd.conf
: "${BRIDGE_PASSWORD:?set BRIDGE_PASSWORD, the password of cn=bridge,ou=services,dc=example,dc=com}"
umask 077
cp /usr/share/directory/slapd.conf "$conf"
mkdir -p "$data/db"
if [ ! -e "$data/loaded" ]; then
  rm -f "$data"/db/*
  { cat /usr/share/directory/tree.ldif
    printf '\ndn: cn=bridge,ou=services,dc=example,dc=com\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\n'
    printf 'cn: bridge\nuserPassword: %s\n' "$(slappasswd -n -s "$BRIDGE_PASSWORD")"
    printf 'pwdPolicySubentry: cn=services,ou=policies,dc=example,dc=com\n'
  } | slapadd -q -w -f "$conf"
  touch "$data/loaded"
fi
# -d keeps it in the foreground; 256 logs operations.
exec slapd -f "$conf" -h ldap://0.0.0.0:1389 -d "${SLAPD_DEBUG:-0}"
