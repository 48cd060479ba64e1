#!/bin/sh
# Takes workers out of the rotation, runs a command, and puts them back whatever the command did.
#
#   maintenance.sh SELECTOR COMMAND [ARGUMENT ...]
#   maintenance.sh example_2 gdb -p "$(poolctl status example_2 --format '{pid}')" -batch -ex 'thread apply all bt'
#
# Exit: the command's; poolctl's where the workers could not be taken out.
set -eu
selector=${1:?usage: maintenance.sh SELECTOR COMMAND [ARGUMENT ...]}
shift
[ $# -gt 0 ] || { echo "usage: maintenance.sh SELECTOR COMMAND [ARGUMENT ...]" >&2; exit 2; }
poolctl=${POOLCTL:-poolctl}

"$poolctl" maint "$selector" --why "maintenance: $1"
trap '"$poolctl" resume "$selector" --why "maintenance is over"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
status=0
"$@" || status=$?
exit "$status"
