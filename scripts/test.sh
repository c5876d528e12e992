#!/usr/bin/env bash
# Runs all tests, and says which ones they are if some don't end within TEST_SECONDS. Options are cargo test's.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${TEST_SECONDS:-2400}
log=$(mktemp)

# Those that the runner has called slow, and whose result it hasn't told.
unfinished() {
  local name
  sed -n 's/^test \(.*\) has been running for over 60 seconds$/\1/p' "$log" | while read -r name; do
    grep -qF "test $name ... " "$log" || echo "  $name"
  done
}

# A job has a process group of its own: all that was started is ended with it.
set -m
"${CARGO:-cargo}" test --locked "$@" 2>&1 | tee "$log" &
tests=$!
group=$(jobs -p %+)
set +m
trap 'kill -s TERM -- "-$group" 2>/dev/null || true; rm -f "$log"' EXIT
trap 'exit 130' INT TERM

deadline=$((SECONDS + seconds))
while kill -s 0 "$tests" 2>/dev/null; do
  if [ "$SECONDS" -ge "$deadline" ]; then
    echo "test: after $seconds s these tests have no result, or one that is over but doesn't end:"
    unfinished
    exit 1
  fi
  sleep 0.2
done
wait "$tests"
