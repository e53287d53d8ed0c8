#!/bin/sh
# From a bare checkout to orders being fulfilled: installs, starts everything, runs the main job.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
node "$root/local/up.ts" && exec node "$root/local/demo.ts" "$@"
