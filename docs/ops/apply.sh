#!/bin/sh
# Puts a profile in place and applies it, in the manner of an Ansible module: it may run again and again, says whether it
# changed anything, and with --check only what it would.
#
#   apply.sh [--check] NEW INSTALLED
#   apply.sh --check example.toml /etc/pool/example.toml
#
# INSTALLED is the file that the daemon runs; it keeps its mode and owner. One line of JSON on standard output:
# {"changed": true, "msg": "…"}; with "failed": true and exit status 1 where the profile is refused, by itself or beside
# what the daemon runs already: then INSTALLED is as it was, and nothing was changed.
set -eu
poolctl=${POOLCTL:-poolctl}
check=false
if [ "${1:-}" = --check ]; then check=true; shift; fi
usage="usage: apply.sh [--check] NEW INSTALLED"
new=${1:?$usage} installed=${2:?$usage}

# For the inside of a JSON string: without control characters, quotes and backslashes escaped.
text() { printf '%s' "$1" | tr '\n\t' '  ' | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g'; }
failed() { printf '{"changed": false, "failed": true, "msg": "%s"}\n' "$(text "$1")"; exit 1; }
say() { printf '{"changed": %s, "msg": "%s"}\n' "$1" "$(text "$2")"; exit 0; }

problems=$("$poolctl" check "$new" 2>&1) || failed "$problems"
if cmp -s "$new" "$installed"; then
    # The file may be right and the daemon not know it yet.
    if "$poolctl" config diff >/dev/null 2>&1; then say false "in place and running"; fi
    $check && say true "the daemon runs another version"
else
    $check && say true "$installed would be replaced"
    # A profile may hold secrets: nobody may read the new file who may not read the old one, not for a moment.
    old=
    trap 'rm -f "$installed.new.$$" "$installed.old.$$"' EXIT
    (umask 077 && cp "$new" "$installed.new.$$")
    if [ -e "$installed" ]; then
        old=$installed.old.$$
        chown --reference="$installed" "$installed.new.$$" 2>/dev/null || true
        chmod --reference="$installed" "$installed.new.$$"
        cp -p "$installed" "$old"
    else
        chmod --reference="$new" "$installed.new.$$"
    fi
    mv "$installed.new.$$" "$installed"
    # Whether the daemon would take it, before it does.
    if ! planned=$("$poolctl" plan 2>&1); then
        if [ -n "$old" ]; then mv "$old" "$installed"; else rm "$installed"; fi
        failed "$planned"
    fi
fi
outcome=$("$poolctl" reload --why "apply.sh" --timeout "${ROLL_TIMEOUT:-600}" 2>&1) || failed "$outcome"
say true "$outcome"
