#!/bin/sh
# Starts the whole local stack, or what of it has died. --servers: without the services. --docker: the servers from compose.yaml.
# --watch: stays, and restarts services when their sources change.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/up.ts" "$@"
