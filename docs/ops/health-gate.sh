#!/bin/sh
# The last step of a deployment: waits until every worker serves, or fails and says who does not and why.
#
#   health-gate.sh [SECONDS]
set -eu
poolctl=${POOLCTL:-poolctl}
if "$poolctl" wait --for healthy --timeout "${1:-60}"; then exit 0; else status=$?; fi
"$poolctl" status >&2 || true
"$poolctl" events -n 20 --severity warning >&2 || true
exit "$status"
