#!/bin/sh
# For work on one service: stops inventory-service, and the servers that no other running service needs.
root=$(readlink -f "$0") && root=${root%/inventory-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/down.ts" inventory-service "$@"
