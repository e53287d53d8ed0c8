# shellcheck shell=sh
# shellcheck disable=SC2154 # root: see the next line
# Sourced by the scripts in bin/, which set $root: afterwards everything that package-lock.json names is installed,
# `node` is the pinned one, and the types it strips are kept from one start to the next.

# shellcheck disable=SC3013 # every sh we meet (dash, bash, busybox, zsh) has -nt
[ "$root/node_modules/.installed" -nt "$root/package-lock.json" ] || sh "$root/local/install.sh" "$root" || exit 1

PATH=$root/node_modules/.bin:$PATH
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/docket/node-compile-cache}
export PATH NODE_COMPILE_CACHE
