#!/usr/bin/env bash
# Builds the program as it is released: target/release/scimfront. The same sources and toolchain make the same octets, wherever they
# lie and whoever builds them: paths are taken out, and times come from the last commit.
set -euo pipefail
cd "$(dirname "$0")/.."
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
cargo_home=${CARGO_HOME:-$HOME/.cargo}
# C sources of dependencies (mimalloc, aws-lc) name their files in the program, too.
export RUSTFLAGS="--remap-path-prefix=$PWD=. --remap-path-prefix=$cargo_home=cargo"
export CFLAGS="-ffile-prefix-map=$PWD=. -ffile-prefix-map=$cargo_home=cargo"
export CARGO_TARGET_DIR=target CARGO_INCREMENTAL=0
cargo build --locked --release --bin scimfront
sha256sum target/release/scimfront
