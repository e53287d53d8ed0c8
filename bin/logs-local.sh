#!/bin/sh
# Shows the logs of the local stack: logs-local.sh [SERVICE or server...] [-f]. Shows all logs unless some are named; -f
# follows.
root=$(readlink -f "$0") && root=${root%/bin/*}
cd "$root" && cd "${LOCAL_DIR:-.local}/logs" 2>/dev/null || { echo 'there are no logs: start the stack with ./bin/up-local.sh' >&2; exit 1; }
follow=
for argument; do
  shift
  case $argument in
    -f | --follow) follow=-F ;;
    -* | */*) echo "logs-local.sh: $argument is neither -f nor the name of a service" >&2; exit 2 ;;
    *)
      [ -f "$argument.log" ] || { echo "$argument has no log; there are: $(printf '%s ' *.log | sed 's/\.log / /g')" >&2; exit 1; }
      set -- "$@" "$argument.log"
      ;;
  esac
done
[ $# -gt 0 ] || set -- *.log
exec tail -n 50 $follow "$@"
