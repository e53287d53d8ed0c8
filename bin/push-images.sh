#!/bin/sh
# Builds the images of the services and of mgmt and pushes them, with docker or buildah: push-images.sh REGISTRY [--tag
# TAG] [--dry-run]. Settings are in k8s/README.md.
root=$(readlink -f "$0") && root=${root%/bin/*}
. "$root/local/bootstrap.sh"
exec node "$root/local/kubernetes/push.ts" "$@"
