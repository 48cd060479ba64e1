#!/bin/bash
# Builds the whole proxy with ThreadSanitizer and with AddressSanitizer (and its search for leaks), and puts each under
# load for SANITIZE_SECONDS (60). SANITIZERS chooses. Exit status 1 where one of them found anything.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SANITIZE_SECONDS:-60}
found=0
for sanitizer in ${SANITIZERS:-thread address}; do
    .make/say "building the proxy with the $sanitizer sanitizer"
    .make/swift.sh build --sanitize "$sanitizer" --scratch-path ".build-$sanitizer" --product ProxyStress
    .make/say "$sanitizer sanitizer: $seconds s of load"
    .venv/bin/python Tests/Sanitize/stress.py "$sanitizer" ".build-$sanitizer/debug/ProxyStress" "$seconds" || found=1
done
exit "$found"
