#!/bin/sh
# For work on one service, without the memory of a whole stack: starts user-service and the servers that it needs.
# --watch: stays, and restarts the service when its sources change.
root=$(readlink -f "$0") && root=${root%/user-service/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/up.ts" user-service "$@"
