#!/bin/sh
# Starts order-service and the servers that it needs.
root=$(readlink -f "$0") && root=${root%/order-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/up.ts" order-service "$@"
