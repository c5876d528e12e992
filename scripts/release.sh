#!/usr/bin/env bash
# Builds the program as it is released, target/package/scimfront, and says its size and hash. Paths, times and symbols are
# left out of it, so that the same sources, Rust and C compiler should make the same octets wherever they lie.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo_home=${CARGO_HOME:-$HOME/.cargo}
# Where Rust's own sources are installed, they would be named by their place instead of by the compiler's commit.
rust_src=$(rustc --print sysroot)/lib/rustlib/src/rust
rust_commit=$(rustc --version --verbose | sed -n 's/^commit-hash: //p')
export RUSTFLAGS="--remap-path-prefix=$PWD=. --remap-path-prefix=$cargo_home=cargo --remap-path-prefix=$rust_src=/rustc/$rust_commit"
# C sources of dependencies (mimalloc, aws-lc) name their files in the program, too.
export CFLAGS="-ffile-prefix-map=$PWD=. -ffile-prefix-map=$cargo_home=cargo"
# And mimalloc writes down when it was compiled.
export SOURCE_DATE_EPOCH=0
export CARGO_TARGET_DIR=target CARGO_INCREMENTAL=0
cargo build --locked --release --bin scimfront
mkdir -p target/package
strip -o target/package/scimfront target/release/scimfront
rustc --version
stat --format='%s octets' target/package/scimfront
sha256sum target/package/scimfront
