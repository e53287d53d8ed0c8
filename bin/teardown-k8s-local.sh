#!/bin/sh
# Deletes everything that bin/deploy-k8s-local.sh created in the cluster, with all data. Asks first, unless --yes is
# given.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/kubernetes/teardown.ts" "$@"
