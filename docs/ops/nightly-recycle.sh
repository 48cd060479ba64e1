#!/bin/sh
# Restarts every worker of a pool, one by one, unless the pool is not well: for a timer at night.
#
#   nightly-recycle.sh [POOL]
#
# Exit: 0 recycled, or left alone with a message because something else is going on; else poolctl's.
set -eu
poolctl=${POOLCTL:-poolctl}
pool=${1:-}

if ! "$poolctl" ${pool:+--pool "$pool"} health; then
    echo "not healthy: left alone" >&2
    exit 0
fi
if [ "$("$poolctl" ${pool:+--pool "$pool"} ops list --active)" != "no operations" ]; then
    echo "an operation is under way: left alone" >&2
    exit 0
fi
exec "$poolctl" roll ${pool:+"$pool"} --why "nightly recycle" --timeout "${ROLL_TIMEOUT:-3600}"
