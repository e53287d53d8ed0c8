#!/bin/sh
# Runs a command of the house from a bare checkout too: run.sh FILE ARGS...
root=$(readlink -f "$0") && root=${root%/local/*}
. "$root/local/bootstrap.sh"
file=$1
shift
exec node "$root/$file" "$@"
