#!/bin/sh
# Deploys everything to a small cluster of one's own (kind, minikube, Docker Desktop...), and waits until it is ready. Safe to
# run again: then it updates, without a lost request. deploy-k8s-local.sh SERVICE: that one alone, with the servers that it
# needs. What can be set is in k8s/README.md.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/kubernetes/deploy.ts" "$@"
