#!/usr/bin/env bash
# Tries the Debian package of scripts/package.sh out, in a clean container of Debian with systemd and in front of docker/openldap: it is
# installed, configured, started, asked, watched for its directory, upgraded (changed settings stay) and purged (nothing stays).
# Needs a Docker engine that may give a container CAP_SYS_ADMIN and CAP_SYS_PTRACE, for systemd. Usage: scripts/try-package.sh [PACKAGE.deb]
set -euo pipefail
cd "$(dirname "$0")/.."
package=$(realpath "${1:-$(echo target/debian/scimfront_*.deb)}")
name=scimfront-try-$$
step() { printf '\n== %s\n' "$*"; }
inside() { docker exec -i "$name" "$@"; }
clean_up() {
  docker rm --force --volumes "$name" "$name-directory" >/dev/null 2>&1 || true
  docker network rm "$name" >/dev/null 2>&1 || true
}
# eventually COMMAND...: for half a minute.
eventually() {
  for _ in $(seq 150); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  echo "try-package: not within 30 s: $*" >&2
  inside journalctl --no-pager --unit scimfront --lines 30 >&2 || true
  exit 1
}
ask() { inside curl --silent --show-error --fail --globoff --header 'Authorization: Bearer demo' "http://127.0.0.1:8080/scim/v2/$1"; }
trap clean_up EXIT

step 'a clean Debian with systemd, beside an OpenLDAP'
docker build --quiet --tag scimfront-try-directory --file docker/openldap/Dockerfile .
docker build --quiet --tag scimfront-try-debian - <<'IMAGE'
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends systemd systemd-sysv curl
IMAGE
docker network create "$name" >/dev/null
docker run --detach --name "$name-directory" --network "$name" --network-alias openldap --env BRIDGE_PASSWORD=for-trying-out \
  scimfront-try-directory >/dev/null
# In a container, systemd leaves it to others that mounts are shared, without which services don't see their credentials.
docker run --detach --name "$name" --network "$name" --cap-add SYS_ADMIN --cap-add SYS_PTRACE \
  --security-opt seccomp=unconfined --security-opt apparmor=unconfined --cgroupns=private --tmpfs /run --tmpfs /run/lock \
  scimfront-try-debian sh -c 'mount --make-rshared / && exec /sbin/init' >/dev/null
eventually inside systemctl is-active multi-user.target

step 'installed: not started, as nobody has configured it yet'
docker cp "$package" "$name:/tmp/scimfront.deb"
inside apt-get install -y --no-install-recommends /tmp/scimfront.deb | tail -n 3
inside sh -ec '
  test "$(systemctl is-enabled scimfront) $(systemctl is-active scimfront)" = "disabled inactive"
  scimfront --version
  scimfront check --offline --config /etc/scimfront/scimfront.toml
  for file in man/man1/scimfront.1.gz bash-completion/completions/scimfront zsh/vendor-completions/_scimfront doc/scimfront/copyright \
    fish/vendor_completions.d/scimfront.fish doc/scimfront/changelog.gz doc/scimfront/README.md scimfront/mappings/scim.schema; do
    dpkg --listfiles scimfront | grep --line-regexp "/usr/share/$file"
  done
  stat --format="%A %U %n" /etc/scimfront/secrets /etc/scimfront/secrets/bind-password'

step 'configured as its own files say, and started'
inside sh -ec '
  printf for-trying-out >/etc/scimfront/secrets/bind-password
  sed -i "s,ldap://127.0.0.1,ldap://openldap:1389,; s,^# \(bind_dn\),\1,; s,^# \(bind_password_file\),\1," /etc/scimfront/scimfront.toml
  printf "\n[bridge.main.client.demo]\ntoken_sha256 = \"%s\"\n" "$(printf demo | sha256sum | cut -d " " -f 1)" >>/etc/scimfront/scimfront.toml
  systemctl enable --now scimfront'
eventually inside scimfront health --config /etc/scimfront/scimfront.toml
ask 'Users?filter=userName%20eq%20%22bjensen%22&attributes=userName,title'
echo
inside sh -ec '
  stat --format="runs as user %u" /proc/$(systemctl show --property MainPID --value scimfront)
  stat --format="%A %u %n" /var/lib/private/scimfront
  systemd-analyze security scimfront --no-pager | tail -n 1'

step 'its directory goes and comes'
docker stop "$name-directory" >/dev/null
eventually inside sh -c '! scimfront health --config /etc/scimfront/scimfront.toml'
inside curl --silent --include --header 'Authorization: Bearer demo' http://127.0.0.1:8080/scim/v2/Users | grep -iE '^(HTTP|retry-after)'
docker start "$name-directory" >/dev/null
eventually inside scimfront health --config /etc/scimfront/scimfront.toml

step 'upgraded: the service goes on, with the settings as they were changed'
before=$(inside systemctl show --property MainPID scimfront)
inside apt-get install -y --reinstall /tmp/scimfront.deb | tail -n 1
[ "$before" != "$(inside systemctl show --property MainPID scimfront)" ]
eventually ask Users
inside grep --after-context 1 client.demo /etc/scimfront/scimfront.toml

step 'purged: nothing stays'
inside apt-get purge -y scimfront | tail -n 1
inside sh -c '! ls -d /etc/scimfront /usr/share/scimfront /var/lib/scimfront /var/lib/private/scimfront /usr/lib/systemd/system/scimfront.service 2>/dev/null &&
  ! pidof scimfront'
step 'all is well'
