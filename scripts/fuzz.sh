#!/usr/bin/env bash
# Runs every fuzz target for SECONDS_EACH seconds (default 60), with the installed toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
targets=(fuzz/fuzz_targets/*.rs)
[ ${#targets[@]} -gt 0 ] || { echo "fuzz: there are no targets in fuzz/fuzz_targets" >&2; exit 1; }
# The sanitizer needs unstable compiler flags; this lets a stable compiler take them.
export RUSTC_BOOTSTRAP=1
for target in "${targets[@]}"; do
  name=$(basename "$target" .rs)
  echo "fuzz: $name"
  cargo fuzz run "$name" -- -max_total_time="${SECONDS_EACH:-60}"
done
