#!/bin/sh
# The service account and its rights: the commands of docs/guides/active-directory.md. DC, ADMIN, SUFFIX and PASSWORD are set.
set -eu
samba-tool user create scimfront "$PASSWORD" --userou=OU=Services -H "$DC" $ADMIN
samba-tool user setexpiry scimfront --noexpiry -H "$DC" $ADMIN
SID=$(samba-tool user show scimfront --attributes=objectSid -H "$DC" $ADMIN | sed -n 's/^objectSid: //p')

USER=bf967aba-0de6-11d0-a285-00aa003049e2 GROUP=bf967a9c-0de6-11d0-a285-00aa003049e2
grant() { samba-tool dsacl set --objectdn="$1" --sddl="$2" -H "$DC" $ADMIN >/dev/null; }
grant "OU=Staff,$SUFFIX" "(OA;CI;CCDC;$USER;;$SID)"
grant "OU=Staff,$SUFFIX" "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;$USER;$SID)"  # Reset Password
for set in 59ba2f42-79a2-11d0-9020-00c04fc2d3cf 77b5b886-944a-11d1-aebd-0000f80367c1 e48d0154-bcf8-11d1-8702-00c04fb96050 \
           e45795b3-9455-11d1-aebd-0000f80367c1 4c164200-20c0-11d0-a768-00aa006e0529 \
           bf967962-0de6-11d0-a285-00aa003049e2 a8df73f0-c5ea-11d1-bbcb-0080c76670c0 16775804-47f3-11d1-a9c3-0000f80367c1 \
           bac80572-09c4-4fa9-9ae6-7628d7adbe0e bf9679f2-0de6-11d0-a285-00aa003049e2 856be0d0-18e7-46e1-8f5f-7ee4d9020e0d; do
  grant "OU=Staff,$SUFFIX" "(OA;CIIO;RPWP;$set;$USER;$SID)"
done
grant "OU=Staff,$SUFFIX" "(OA;CIIO;WP;bf967a0e-0de6-11d0-a285-00aa003049e2;$USER;$SID)"  # name
grant "OU=Staff,$SUFFIX" "(OA;CIIO;WP;bf96793f-0de6-11d0-a285-00aa003049e2;$USER;$SID)"  # cn
grant "OU=Teams,$SUFFIX" "(OA;CI;CCDC;$GROUP;;$SID)"
grant "OU=Teams,$SUFFIX" "(OA;CIIO;WP;;$GROUP;$SID)"
