#!/bin/sh
# Deploys a release that lies in a directory of its own, and goes back by itself where it does not work.
#
#   release.sh POOL PROFILE DIRECTORY [REASON]
#   release.sh example /etc/pool/profiles/example.toml /srv/example/releases/2026-11-22
#
# The profile's line `directory = "..."` says which release runs. It is changed in one step, then `poolctl deploy` brings
# every worker to it, each of them healthy through the proxy before the next; no request is lost. At the first failure the
# daemon itself brings those workers back that had the new release, and the line says again what runs.
# DEPLOY_OPTIONS are options of poolctl deploy: "--canary 1 --bake 60 --max-failures 0.01".
# Exit: 0 deployed, 7 rolled back, 1 failed and not rolled back, 2 bad usage, 3 the pool was not well before, 6 it took too
# long and goes on.
set -eu
usage="usage: release.sh POOL PROFILE DIRECTORY [REASON]"
pool=${1:?$usage} profile=${2:?$usage} new=${3:?$usage}
why=${4:-release $(basename "$new")}
poolctl=${POOLCTL:-poolctl}

[ -d "$new" ] || { echo "$new is not a directory" >&2; exit 2; }
case $new in *[\"\\\&\|]*) echo "$new has a character that a profile's line cannot have" >&2; exit 2 ;; esac
old=$(sed -n 's/^directory *= *"\(.*\)".*/\1/p' "$profile")
[ "$(printf '%s\n' "$old" | grep -c .)" = 1 ] || { echo "$profile has not one line directory = \"...\"" >&2; exit 2; }
"$poolctl" --pool "$pool" health || { echo "$pool is not healthy: nothing was changed" >&2; exit 3; }

# A copy that is moved over the file takes its place at once, with its owner and mode.
name() {
    cp -p "$profile" "$profile.$$"
    sed "s|^directory *= *\".*\"|directory = \"$1\"|" "$profile" >"$profile.$$"
    mv "$profile.$$" "$profile"
}

name "$new"
code=0
# shellcheck disable=SC2086  # options are words
"$poolctl" deploy --pool "$pool" --why "$why" --timeout "${DEPLOY_TIMEOUT:-600}" ${DEPLOY_OPTIONS:-} || code=$?
case $code in
0) exit 0 ;;
6) echo "$new is still being deployed: poolctl ops list" >&2; exit 6 ;;
esac
echo "$new does not work: back to $old" >&2
name "$old"
[ "$code" = 7 ] || exit 1
"$poolctl" --pool "$pool" wait --for healthy --timeout "${GATE_TIMEOUT:-60}" || exit 1
exit 7
