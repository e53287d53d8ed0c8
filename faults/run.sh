#!/bin/sh
# Runs a fault command from a bare checkout too: run.sh FILE ARGS...
root=$(readlink -f "$0") && root=${root%/faults/*}
. "$root/local/bootstrap.sh"
file=$1
shift
exec node "$root/$file" "$@"
