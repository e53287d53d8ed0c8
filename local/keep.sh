#!/bin/sh
# Keeps a process running: keep.sh RUN_FILE STOP_SIGNAL COMMAND... Starts it again when it dies, half a second later at
# first, then more slowly. Not when its configuration is wrong (exit 78). RUN_FILE has the pids of the keeper and of the
# process, with their start times, so that a reused pid is not mistaken for them. ADOPTED_PID: such a process runs
# already, and has lost its keeper.
. "${0%/*}/process-start.sh"
run_file=$1
stop_signal=$2
shift 2

stopping=
child=
nap=
stop() {
  stopping=yes
  [ -n "$child" ] && kill "-$stop_signal" "$child" 2>/dev/null
  [ -n "$nap" ] && kill "$nap" 2>/dev/null
}
trap stop TERM INT
trap '' HUP

pause() {
  sleep "$1" &
  nap=$!
  wait "$nap"
  nap=
}

note() {
  child_start=$(start_of "$child")
  printf '{"stopSignal":"%s","keeper":{"pid":%s,"start":"%s"},"child":{"pid":%s,"start":"%s"}}\n' \
    "$stop_signal" $$ "$me" "$child" "$child_start" > "$run_file.new"
  mv "$run_file.new" "$run_file"
}

me=$(start_of $$)
if [ -n "$ADOPTED_PID" ]; then
  child=$ADOPTED_PID
  unset ADOPTED_PID
  note
  while [ -n "$child_start" ] && [ "$(start_of "$child")" = "$child_start" ]; do pause 1; done
fi

pauses='0.5 1 2 4'
while [ -z "$stopping" ]; do
  began=$(date +%s)
  "$@" &
  child=$!
  [ -n "$stopping" ] && stop # the stop arrived just before there was a child
  note
  # a signal ends `wait` before the child has ended
  while :; do
    wait "$child"
    status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=
  [ -n "$stopping" ] && break
  [ "$status" = 78 ] && break
  [ $(($(date +%s) - began)) -gt 30 ] && pauses='0.5 1 2 4'
  pause "${pauses%% *}"
  case $pauses in *' '*) pauses=${pauses#* } ;; esac
done
rm -f "$run_file"
