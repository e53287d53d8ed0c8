#!/bin/sh
# Builds the images of the services and of mgmt and pushes them: push-images.sh REGISTRY [--tag TAG] [--dry-run], with
# docker or buildah. What can be set is in k8s/README.md.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/kubernetes/push.ts" "$@"
