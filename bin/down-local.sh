#!/bin/sh
# Stops the local stack. --purge also deletes its data.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/down.ts" "$@"
