# shellcheck shell=sh
# Sourced by local/*.sh.

# The start time of a process, nothing if it has ended. It distinguishes the process from another with a reused pid.
start_of() {
  if [ -r /proc/self/stat ]; then
    { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return
    stat=${stat##*) } # the name before it may contain spaces
    case $stat in Z*) return ;; esac
    # shellcheck disable=SC2086 # these are words
    set -- $stat
    shift 19
    echo "$1"
  else
    ps -o lstart= -p "$1"
  fi
}
