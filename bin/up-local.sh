#!/bin/sh
# Safe to run again: starts the local stack, or whatever part of it is down. --servers: without the services. --docker:
# servers from compose.yaml. --watch: stays, and restarts services when their sources change.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/up.ts" "$@"
