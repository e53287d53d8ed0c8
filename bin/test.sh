#!/bin/sh
# Runs every check and every test on servers of its own; a running demo is left alone.
#   ./bin/test.sh                    all of it
#   ./bin/test.sh FILE...            these test files only
#   ./bin/test.sh --keep [FILE...]   leaves the servers running, and says how to run ava by hand
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/test/run.ts" "$@"
