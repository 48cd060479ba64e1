#!/bin/sh
# Puts a new release of the app into service without losing a request.
#
#   roll-with-gate.sh POOL [REASON]
#
# The profile is checked first and applied where it has changed; then the workers are restarted one by one, each of them
# healthy before the next. The first failure ends the roll. Exit: poolctl's (0 done, 1 failed, 7 rolled back …).
set -eu
pool=${1:?usage: roll-with-gate.sh POOL [REASON]}
why=${2:-release}
poolctl=${POOLCTL:-poolctl}

# A pool that is not well before would not be well after; and nobody could tell why.
"$poolctl" --pool "$pool" health || { echo "$pool is not healthy: nothing was changed" >&2; exit 3; }
"$poolctl" --pool "$pool" plan

if "$poolctl" --pool "$pool" config diff >/dev/null; then
    "$poolctl" roll "$pool" --why "$why" --timeout "${ROLL_TIMEOUT:-600}"
else
    # What the profile changes restarts the workers that need it, one by one too.
    "$poolctl" --pool "$pool" reload --why "$why" --timeout "${ROLL_TIMEOUT:-600}"
fi
"$poolctl" --pool "$pool" wait --for healthy --timeout "${GATE_TIMEOUT:-60}"
