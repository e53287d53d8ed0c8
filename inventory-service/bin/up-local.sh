#!/usr/bin/env bash
# Starts inventory-service and the servers that it needs.
here=$(readlink -f "${BASH_SOURCE[0]}" 2> /dev/null || python3 -c 'import os, sys; print(os.path.realpath(sys.argv[1]))' "${BASH_SOURCE[0]}")
. "${here%/*}/../../local/bootstrap.sh"
exec node "$ROOT/local/up.ts" inventory-service
