#!/usr/bin/env bash
# Replays recorded requests of identity providers against a demo of its own.
# Usage: scripts/conformance.sh FILE [OPTIONS]: FILE is the replaying program (.py, takes BASE_URL --token T), or a corpus
# (.json) that lies beside one named replay.py. OPTIONS go to the program. DIRECTORY names the demo's directory (openldap, ad, 389ds).
set -euo pipefail
cd "$(dirname "$0")/.."
file=${1:-}
[ -n "$file" ] && [ -r "$file" ] || { echo "conformance: name the replaying program: make conformance FILE=path/replay.py" >&2; exit 1; }
shift
case $file in
  *.json) set -- --corpus "$file" "$@" && file=$(dirname "$file")/replay.py ;;
esac
python=${SCIMFRONT_PYTHON_BIN:-target/python/bin}/python
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
token=conformance
base=http://127.0.0.1:$port/scim/v2

cargo build --locked --quiet
binary=${CARGO_TARGET_DIR:-target}/debug/scimfront
log=$(mktemp)
"$binary" demo --directory "${DIRECTORY:-openldap}" --listen "127.0.0.1:$port" --users 50 --groups 10 --token "$token" ${DEMO_ARGS:-} >"$log" 2>&1 &
demo=$!
trap 'kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -f "$log"' EXIT
until "$python" -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$port" 2>/dev/null; do
  kill -0 $demo 2>/dev/null || { cat "$log" >&2; echo "conformance: the demo ended" >&2; exit 1; }
  sleep 0.1
done
"$python" "$file" "$base" --token "$token" "$@"
