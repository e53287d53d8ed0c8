#!/bin/sh
# Deploys everything to a small cluster of your own (kind, minikube, Docker Desktop...), and waits until it is ready.
# Safe to run again: it then updates, without losing a request. With SERVICE as an argument, it deploys only that
# service and the servers that it needs. Settings are in k8s/README.md.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/kubernetes/deploy.ts" "$@"
