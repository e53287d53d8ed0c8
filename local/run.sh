#!/bin/sh
# Runs a script of the repository even from a bare checkout: run.sh FILE ARGS...
root=$(readlink -f "$0") && root=${root%/local/*}
. "$root/local/bootstrap.sh"
file=$1
shift
exec node "$root/$file" "$@"
