#!/bin/sh
# Stops inventory-service, and the servers that no other service of the stack uses.
root=$(readlink -f "$0") && root=${root%/inventory-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/down.ts" inventory-service "$@"
