#!/bin/sh
# For work on one service: stops user-service, and the servers that no other running service needs.
root=$(readlink -f "$0") && root=${root%/user-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/down.ts" user-service "$@"
