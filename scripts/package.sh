#!/usr/bin/env bash
# Makes a Debian package in target/debian, with manual pages and completions. Needs cargo-deb (`cargo install cargo-deb`).
set -euo pipefail
cd "$(dirname "$0")/.."
cargo deb --version >/dev/null 2>&1 || { echo 'package: cargo-deb is missing: cargo install --locked cargo-deb' >&2; exit 1; }
scripts/release.sh
export CARGO_TARGET_DIR=target
mkdir -p target/package
target/release/scimfront manual target/package
target/release/scimfront completions bash >target/package/scimfront.bash
target/release/scimfront completions zsh >target/package/_scimfront
target/release/scimfront completions fish >target/package/scimfront.fish
cargo deb --no-build
