#!/bin/bash
# Runs swift with a folder of its own for temporary files, which the package manager does not remove all of: swift.sh ARGUMENT…
set -euo pipefail
folder=$(mktemp -d /tmp/pool-swift.XXXXXX)
trap 'rm -rf "$folder"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
TMPDIR=$folder swift "$@"
