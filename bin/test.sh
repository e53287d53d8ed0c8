#!/usr/bin/env bash
# Runs every check and every test on servers of its own; a running demo is left alone.
#   ./bin/test.sh                       all of it
#   ./bin/test.sh FILE...               these test files only
#   ./bin/test.sh --keep [FILE...]      leaves the servers running, and says how to run ava by hand
here=$(readlink -f "${BASH_SOURCE[0]}" 2> /dev/null || python3 -c 'import os, sys; print(os.path.realpath(sys.argv[1]))' "${BASH_SOURCE[0]}")
. "${here%/*}/../local/bootstrap.sh"
exec node "$ROOT/local/test.ts" "$@"
