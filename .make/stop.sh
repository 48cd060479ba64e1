#!/bin/bash
# Stops the daemon that `make run` started; finding none is fine.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x bin/poolctl ] || { .make/say "nothing is built, so nothing runs"; exit 0; }
if ! bin/poolctl version --daemon >/dev/null 2>&1; then
    .make/say "poold is not running"
    exit 0
fi
bin/poolctl shutdown --wait
.make/say "stopped"
