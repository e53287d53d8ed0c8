#!/bin/sh
# Installs what package-lock.json names, unless it is there: install.sh ROOT
# Runs on the Node that the machine has; the pinned one comes with the installation.
set -eu
. "$1/local/process-start.sh"
cd "$1"
stamp=node_modules/.installed # a copy of the package-lock.json that was installed
lock=node_modules.lock

fail() {
  echo "$*" >&2
  exit 1
}

command -v npm >/dev/null || fail 'Node 20 or newer with npm is needed: apt-get install nodejs npm (Debian), brew install node (macOS)'
[ -w . ] || fail "$PWD cannot be written: nothing can be installed there"

# one installation at a time; the lock links to the holder's pid and start time, because pids are reused
tries=0
until ln -s "$$ $(start_of $$)" "$lock" 2>/dev/null; do
  holder=$(readlink "$lock") || continue
  pid=${holder%% *}
  if [ -n "$(start_of "$pid")" ] && [ "$holder" = "$pid $(start_of "$pid")" ]; then
    tries=$((tries + 1))
    [ "$tries" = 15 ] && echo "waiting for process $pid, which installs packages in $PWD (it holds $lock)" >&2
    sleep 0.2
  else
    mv "$lock" "$lock.$$" && rm -f "$lock.$$"
  fi
done
trap 'rm -f "$lock"' EXIT
trap 'exit 130' INT TERM

if ! cmp -s package-lock.json "$stamp"; then
  echo 'installing what package-lock.json names (npm ci, half a minute)' >&2
  output=$(npm ci --no-fund --no-audit --loglevel=error 2>&1) || fail "$output"
fi
PATH=$PWD/node_modules/.bin:$PATH
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 26 ? 1 : 0)' ||
  fail "Node 26 is needed, and the npm registry has none for this machine ($(uname -sm)): install it from https://nodejs.org"
cp package-lock.json "$stamp.new"
mv "$stamp.new" "$stamp"
