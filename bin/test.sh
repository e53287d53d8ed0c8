#!/bin/sh
# Runs every check and every test that is not long, on servers of its own, so that a running demo is left alone.
#   ./bin/test.sh                         the short run: less than ten minutes
#   ./bin/test.sh --long [--shard 1/10]   the long tests, at most 50 minutes, or a shard of them: a tenth takes five
#   ./bin/test.sh --and-long 1/10         the short run, then a shard of the long tests, counted together
#   ./bin/test.sh --list [--shard 1/10]   lists the long tests, with the seconds that each takes
#   ./bin/test.sh --strict                fails for a test over 5 s that does not say why; for an idle machine
#   ./bin/test.sh FILE...                 these test files only
#   ./bin/test.sh --keep [FILE...]        leaves the servers running, and prints how to run ava by hand
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/test/run.ts" "$@"
