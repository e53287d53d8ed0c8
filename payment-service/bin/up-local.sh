#!/bin/sh
# Starts payment-service and the servers that it needs. --watch: stays, and restarts the service when its sources
# change.
root=$(readlink -f "$0") && root=${root%/payment-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/up.ts" payment-service "$@"
