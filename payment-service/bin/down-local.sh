#!/bin/sh
# Stops payment-service, and the servers that no other service of the stack uses.
root=$(readlink -f "$0") && root=${root%/payment-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/down.ts" payment-service "$@"
