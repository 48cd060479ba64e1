#!/bin/sh
# Deploys a release that lies in a directory of its own, and goes back by itself where it does not work.
#
#   release.sh POOL LINK DIRECTORY [REASON]
#   release.sh example /srv/example/current /srv/example/releases/2026-11-22
#
# The profile's command goes through LINK, a symbolic link. It is switched at once, then the workers are restarted one by
# one, each of them healthy before the next; no request is lost. At the first failure the link is switched back and those
# workers that had the new release are restarted with the old one.
# Exit: 0 deployed, 7 rolled back, 1 rolled back and not well even so, 2 bad usage, 3 the pool was not well before.
set -eu
usage="usage: release.sh POOL LINK DIRECTORY [REASON]"
pool=${1:?$usage} link=${2:?$usage} new=${3:?$usage}
why=${4:-release $(basename "$new")}
poolctl=${POOLCTL:-poolctl}
limit=${ROLL_TIMEOUT:-600}

[ -d "$new" ] || { echo "$new is not a directory" >&2; exit 2; }
old=$(readlink "$link") || { echo "$link is not a symbolic link" >&2; exit 2; }
"$poolctl" --pool "$pool" health || { echo "$pool is not healthy: nothing was changed" >&2; exit 3; }

# A link cannot be changed; one that is moved over another takes its place at once.
switch() { ln -s "$1" "$link.$$" && mv -T "$link.$$" "$link"; }

switch "$new"
if "$poolctl" roll "$pool" --why "$why" --timeout "$limit" &&
    "$poolctl" --pool "$pool" wait --for healthy --timeout "${GATE_TIMEOUT:-60}"; then
    exit 0
fi
echo "$new does not work: back to $old" >&2
switch "$old"
"$poolctl" roll "$pool" --why "roll back: $why" --timeout "$limit" || exit 1
"$poolctl" --pool "$pool" wait --for healthy --timeout "${GATE_TIMEOUT:-60}" || exit 1
exit 7
