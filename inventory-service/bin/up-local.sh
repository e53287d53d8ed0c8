#!/bin/sh
# Starts inventory-service and the servers that it needs. --watch: stays, and restarts the service when its sources
# change.
root=$(readlink -f "$0") && root=${root%/inventory-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/up.ts" inventory-service "$@"
