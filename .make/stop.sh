#!/bin/bash
# Stops the daemon that `make run` started; finding none is fine.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x bin/poolctl ] || { .make/say "nothing is built, so nothing runs"; exit 0; }
if bin/poolctl status >/dev/null 2>&1 || [ $? -ne 5 ]; then :; else
    .make/say "poold is not running"
    exit 0
fi
bin/poolctl shutdown --wait
.make/say "stopped"
