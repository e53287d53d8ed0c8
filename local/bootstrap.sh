# shellcheck shell=sh
# shellcheck disable=SC2154 # root: see the next line
# Sourced by the scripts in bin/, which set $root: afterwards everything that package-lock.json names is installed,
# `node` is the pinned one, the types it strips are kept from one start to the next, and there is a home to write to.

case $root in /*) checkout=$root ;; *) checkout=$PWD/$root ;; esac
case $checkout in
  *:* | *'
'*)
    echo "$checkout: the path of the checkout has a colon or a line break, which PATH cannot have: move it" >&2
    exit 1
    ;;
esac

# An account without a home (docker run -u 12345, nobody), or with one that is not writable, gets one in the checkout.
if [ ! -d "${HOME:-}" ] || [ ! -w "$HOME" ]; then
  if [ -d "${HOME:-}/.config/mgmt" ]; then export XDG_CONFIG_HOME="${XDG_CONFIG_HOME:-$HOME/.config}"; fi
  if mkdir -p -m 700 "$checkout/.home" 2>/dev/null; then export HOME="$checkout/.home"; fi
fi

# shellcheck disable=SC3013 # every sh we meet (dash, bash, busybox, zsh) has -nt
[ "$root/node_modules/.installed" -nt "$root/package-lock.json" ] || sh "$root/local/install.sh" "$root" || exit 1

PATH=$root/node_modules/.bin:$PATH
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/docket/node-compile-cache}
export PATH NODE_COMPILE_CACHE
