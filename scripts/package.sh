#!/usr/bin/env bash
# Makes a Debian package in target/debian: the program as scripts/release.sh builds it, with manual pages, completions and the unit.
# The same sources make the same octets: times come from the last commit. Afterwards, scripts/try-package.sh tries it out.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh package
scripts/release.sh
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH CARGO_TARGET_DIR=target
cd target/package
./scimfront manual .
./scimfront completions bash >scimfront.bash
./scimfront completions zsh >_scimfront
./scimfront completions fish >scimfront.fish
gzip --best --no-name --stdout ../../CHANGELOG.md >changelog.gz
# What Debian's own tools want to know of a package; what has changed in the program is in changelog.gz.
printf 'scimfront (%s-1) unstable; urgency=medium\n\n  * See /usr/share/doc/scimfront/changelog.gz.\n\n -- %s  %s\n' \
  "$(./scimfront --version | cut -d ' ' -f 2)" 'The scimfront developers <scimfront@example.com>' \
  "$(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")" >changelog
cd ../..
rm -f target/debian/*.deb
cargo deb --quiet --no-build
sha256sum target/debian/*.deb
