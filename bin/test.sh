#!/bin/sh
# Runs every check, and every test that is not long, on servers of its own; a running demo is left alone.
#   ./bin/test.sh                         the short run: less than ten minutes
#   ./bin/test.sh --long [--shard 1/10]   the long tests, or a part of them: 45 minutes at most, a tenth five
#   ./bin/test.sh --and-long 1/10         the short run, then a part of the long tests, with one sum
#   ./bin/test.sh --list [--shard 1/10]   names the long tests, with the seconds that each takes
#   ./bin/test.sh --strict                a test over 5 s that does not say why is a failure; for a machine at rest
#   ./bin/test.sh FILE...                 these test files only
#   ./bin/test.sh --keep [FILE...]        leaves the servers running, and says how to run ava by hand
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/test/run.ts" "$@"
