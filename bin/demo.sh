#!/usr/bin/env bash
# From a bare checkout to orders being fulfilled: installs, starts everything, runs the main job.
here=$(readlink -f "${BASH_SOURCE[0]}" 2> /dev/null || python3 -c 'import os, sys; print(os.path.realpath(sys.argv[1]))' "${BASH_SOURCE[0]}")
. "${here%/*}/../local/bootstrap.sh"
node "$ROOT/local/up.ts"
exec node "$ROOT/local/demo.ts" "$@"
