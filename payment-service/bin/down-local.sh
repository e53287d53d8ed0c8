#!/bin/sh
# For work on one service: stops payment-service, and the servers that no other running service needs.
root=$(readlink -f "$0") && root=${root%/payment-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/down.ts" payment-service "$@"
