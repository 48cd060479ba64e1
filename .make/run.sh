#!/bin/bash
# From a fresh clone to a live dashboard: set up, build, start (or find) the pool, wait until it is healthy, show it.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { .make/say "$@"; }
# Exit code 5 is "no daemon"; any other answer is a daemon, whatever state its workers are in.
running() { bin/poolctl status >/dev/null 2>&1 || [ $? -ne 5 ]; }

say "1/4 setting up"
.make/setup.sh run
say "2/4 building"
make --no-print-directory build

say "3/4 starting $PROFILE"
if running; then
    say "poold already runs: using it"
else
    bin/poold run -d "$PROFILE"
fi
bin/poolctl wait --for healthy --timeout 60

say "4/4 serving at $URL"
if [ -t 0 ] && [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
    bin/pooltop || true
    say "the pool goes on in the background at $URL; dashboard: bin/pooltop; stop it: make stop"
else
    bin/poolctl status
    printf '\naddress    %s\ndashboard  bin/pooltop\nstop       make stop\n' "$URL"
fi
