# shellcheck shell=sh
# Sourced by local/*.sh.

# When a process was started; nothing for one that has ended. Tells it from another that has got its pid.
start_of() {
  if [ -r /proc/self/stat ]; then
    { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return
    stat=${stat##*) } # the name in front may hold spaces
    case $stat in Z*) return ;; esac
    # shellcheck disable=SC2086 # these are words
    set -- $stat
    shift 19
    echo "$1"
  else
    ps -o lstart= -p "$1"
  fi
}
