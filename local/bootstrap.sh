# Sourced by the doors in bin/ and */bin/, in bash. Finds the checkout, installs what it needs, puts its Node first.
# shellcheck shell=bash
set -euo pipefail

# The real folder of the script that was called, through symbolic links.
script_folder() {
  local path=$1 target
  while [ -L "$path" ]; do
    target=$(readlink "$path")
    case $target in /*) path=$target ;; *) path=$(dirname "$path")/$target ;; esac
  done
  (cd "$(dirname "$path")" && pwd -P)
}

# Installs the dependencies if they are missing or the lockfile has changed since. Two at once wait for one another.
install_dependencies() {
  local stamp=$ROOT/node_modules/.installed lock=$ROOT/.install-lock
  if cmp -s "$ROOT/package-lock.json" "$stamp"; then return; fi
  command -v npm > /dev/null || { echo "npm is needed: apt-get install npm (Debian), brew install node (macOS)" >&2; exit 1; }
  until mkdir "$lock" 2> /dev/null; do
    cmp -s "$ROOT/package-lock.json" "$stamp" && return
    sleep 0.2
  done
  trap 'rmdir "$lock" 2> /dev/null || true' EXIT
  echo "installing dependencies" >&2
  local log
  log=$(mktemp)
  if ! (cd "$ROOT" && npm ci --no-audit --no-fund --loglevel=error) > "$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
  cp "$ROOT/package-lock.json" "$stamp"
  rmdir "$lock"
  trap - EXIT
}

ROOT=$(cd "$(script_folder "${BASH_SOURCE[0]}")/.." && pwd -P)
install_dependencies
export PATH="$ROOT/node_modules/.bin:$PATH"
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/docket/node-compile-cache}"
