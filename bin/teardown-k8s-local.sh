#!/bin/sh
# Deletes from the cluster what bin/deploy-k8s-local.sh made, with all data. Asks first; --yes: does not.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/kubernetes/teardown.ts" "$@"
