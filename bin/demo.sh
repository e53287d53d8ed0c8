#!/bin/sh
# From a bare checkout to fulfilled orders: installs everything, starts the stack, and runs the main job.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
node "$root/local/up.ts" && exec node "$root/local/demo.ts" "$@"
