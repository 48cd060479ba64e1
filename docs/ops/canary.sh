#!/bin/sh
# Gives a release to one worker, watches what real traffic makes of it, and gives it to the others or takes it back.
#
#   canary.sh POOL LINK DIRECTORY WORKER [SECONDS]
#   canary.sh example /srv/example/current /srv/example/releases/2026-11-22 example_1 300
#
# The canary fails where more than CANARY_ERRORS (0) of its requests end in 5xx or in an error of the connection, where
# fewer than CANARY_REQUESTS (1) reach it in that time, or where it does not stay healthy. Exit: 0 deployed, 7 taken back, 1 taken back and not well even so, 2 usage, 3 not well.
set -eu
usage="usage: canary.sh POOL LINK DIRECTORY WORKER [SECONDS]"
pool=${1:?$usage} link=${2:?$usage} new=${3:?$usage} worker=${4:?$usage} seconds=${5:-60}
poolctl=${POOLCTL:-poolctl}
limit=${ROLL_TIMEOUT:-600}

[ -d "$new" ] || { echo "$new is not a directory" >&2; exit 2; }
old=$(readlink "$link") || { echo "$link is not a symbolic link" >&2; exit 2; }
"$poolctl" --pool "$pool" health || { echo "$pool is not healthy: nothing was changed" >&2; exit 3; }

switch() { ln -s "$1" "$link.$$" && mv -T "$link.$$" "$link"; }
figures() { "$poolctl" --pool "$pool" status "$worker" --format '{requests} {5xx} {errors} {routable}'; }

back() {
    echo "$1: back to $old" >&2
    switch "$old"
    "$poolctl" roll ${2:-"$worker"} --pool "$pool" --why "canary failed: $1" --timeout "$limit" || exit 1
    exit 7
}

switch "$new"
"$poolctl" restart "$worker" --pool "$pool" --why "canary $(basename "$new")" --timeout "$limit" || back "the canary did not start"
# Workers that restart meanwhile of themselves are to have what they had.
switch "$old"
# Counters are the worker's, over all its lives, and up to a second old: the canary's own requests are what comes from here on.
sleep 2
read -r requests_before failed_before errors_before _ <<END
$(figures)
END
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt "$end" ]; do
    sleep 1
    read -r requests failed errors routable <<END
$(figures)
END
    bad=$((failed - failed_before + errors - errors_before))
    [ "$routable" = true ] || back "the canary is not healthy"
    [ "$bad" -le "${CANARY_ERRORS:-0}" ] || back "$bad bad answers of the canary"
done
served=$((requests - requests_before))
[ "$served" -ge "${CANARY_REQUESTS:-1}" ] || back "only $served requests reached the canary, which proves nothing"
echo "the canary served $served requests, $bad of them badly"
switch "$new"
"$poolctl" roll "$pool" --why "release $(basename "$new")" --timeout "$limit" || back "the roll failed" "$pool"
exec "$poolctl" --pool "$pool" wait --for healthy --timeout "${GATE_TIMEOUT:-60}"
