#!/bin/sh
# Keeps a process running: keep.sh RUN_FILE STOP_SIGNAL COMMAND...
# Starts it again when it dies, half a second later at first, then more slowly. Not when its configuration is wrong (exit 78).
# RUN_FILE says who keeps and who is kept, with the times at which they were started, so that nobody takes a stranger for them.
run_file=$1
stop_signal=$2
shift 2

start_of() {
  if [ -r "/proc/$1/stat" ]; then
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return
    stat=${stat##*) }
    # shellcheck disable=SC2086
    set -- $stat
    shift 19
    echo "$1"
  else
    ps -o lstart= -p "$1"
  fi
}

stopping=
child=
stop() {
  stopping=yes
  [ -n "$child" ] && kill "-$stop_signal" "$child" 2>/dev/null
}
trap stop TERM INT
trap '' HUP

me=$(start_of $$)
pause=1
while [ -z "$stopping" ]; do
  began=$(date +%s)
  "$@" &
  child=$!
  printf '{"keeper":{"pid":%s,"start":"%s"},"child":{"pid":%s,"start":"%s"}}\n' $$ "$me" "$child" "$(start_of "$child")" > "$run_file.new"
  mv "$run_file.new" "$run_file"
  # a signal ends `wait` before the child has ended
  while :; do
    wait "$child"
    status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  [ -n "$stopping" ] && break
  [ "$status" = 78 ] && break
  [ $(($(date +%s) - began)) -gt 30 ] && pause=1
  sleep "$(echo "$pause" | awk '{ print $1 / 2 }')"
  pause=$((pause < 10 ? pause * 2 : 10))
done
rm -f "$run_file"
