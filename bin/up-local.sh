#!/usr/bin/env bash
# Starts the whole local stack, or what of it has died. --docker: the servers from compose.yaml.
here=$(readlink -f "${BASH_SOURCE[0]}" 2> /dev/null || python3 -c 'import os, sys; print(os.path.realpath(sys.argv[1]))' "${BASH_SOURCE[0]}")
. "${here%/*}/../local/bootstrap.sh"
if [ "${1:-}" = --docker ]; then exec docker compose -f "$ROOT/compose.yaml" up --wait; fi
exec node "$ROOT/local/up.ts" "$@"
