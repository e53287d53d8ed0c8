#!/bin/sh
# Runs mgmt in the management pod of the cluster: management-cli-local.sh ARGS... Works in pipes, and exits with the
# status of mgmt.
command -v kubectl >/dev/null || { echo 'kubectl is needed: https://kubernetes.io/docs/tasks/tools' >&2; exit 5; }
terminal=
[ -t 0 ] && [ -t 1 ] && terminal=-t
exec kubectl ${KUBE_CONTEXT:+--context "$KUBE_CONTEXT"} -n docket exec -q -i $terminal deploy/management -- mgmt "$@"
