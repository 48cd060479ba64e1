#!/bin/sh
# Two halves of a pool, of which one keeps the old release, warm, until the new one has proved itself.
#
#   blue-green.sh POOL LINK DIRECTORY BLUE GREEN [COMMAND ...]
#   blue-green.sh example /srv/example/current /srv/example/releases/2026-11-22 1-2 3-4 curl -fsS http://127.0.0.1:8080/
#
# GREEN (a selector) is drained and restarted with the new release while BLUE serves; then GREEN takes all requests and BLUE
# none, and COMMAND decides. Where it fails, BLUE takes the requests again at once, without a start; nobody waits for one.
# Exit: 0 deployed, 7 the old release serves, 1 not well, 2 usage, 3 the pool was not well before.
set -eu
usage="usage: blue-green.sh POOL LINK DIRECTORY BLUE GREEN [COMMAND ...]"
pool=${1:?$usage} link=${2:?$usage} new=${3:?$usage} blue=${4:?$usage} green=${5:?$usage}
shift 5
poolctl=${POOLCTL:-poolctl}
why="release $(basename "$new")"

[ -d "$new" ] || { echo "$new is not a directory" >&2; exit 2; }
old=$(readlink "$link") || { echo "$link is not a symbolic link" >&2; exit 2; }
"$poolctl" --pool "$pool" health || { echo "$pool is not healthy: nothing was changed" >&2; exit 3; }

switch() { ln -s "$1" "$link.$$" && mv -T "$link.$$" "$link"; }
act() { verb=$1; shift; "$poolctl" "$verb" --pool "$pool" --why "$why" --timeout "${ROLL_TIMEOUT:-600}" "$@"; }

back() {
    echo "$1: $blue with $old" >&2
    switch "$old"
    act resume "$blue" && act restart "$green" || exit 1
    exit 7
}

switch "$new"
act restart "$green" || back "the new release did not start"
act drain "$blue"
if [ $# -gt 0 ] && ! "$@"; then back "$1 says no"; fi
act restart "$blue" || back "the rest did not start"
act resume "$blue"
exec "$poolctl" --pool "$pool" wait --for healthy --timeout "${GATE_TIMEOUT:-60}"
