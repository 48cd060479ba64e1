#!/bin/bash
# Builds the fuzz targets with libFuzzer and runs each over its corpus for FUZZ_SECONDS (60); FUZZ_TARGETS chooses some.
# A target is Tests/Fuzz/NAME.swift: one function LLVMFuzzerTestOneInput. What it found to be new coverage and what
# broke it both stay in Tests/Corpora/NAME/; the exit status is 1 if anything broke.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
build=.build-fuzz
if [ -n "${FUZZ_TARGETS:-}" ]; then
    read -ra names <<<"$FUZZ_TARGETS"
else
    mapfile -t names < <(basename -s .swift Tests/Fuzz/*.swift)
fi
mkdir -p "$build"

# The pure layers are compiled with the fuzzer's coverage, which it needs, and without the package, which it does not.
flags=(-parse-as-library -O -sanitize=fuzzer,address -swift-version 6 -package-name pool -I "$build" -L "$build")
.make/say "compiling the fuzz targets"
for module in PoolModel PoolHTTP PoolAPI; do
    swiftc "${flags[@]}" -emit-module -emit-object -wmo -module-name "$module" $(find "Sources/$module" -name '*.swift') \
        -emit-module-path "$build/$module.swiftmodule" -o "$build/$module.o"
done
for name in "${names[@]}"; do
    # What must hold is written once, for the seeded tests and for these.
    swiftc "${flags[@]}" -module-name "Fuzz$name" "Tests/Fuzz/$name.swift" \
        Tests/PoolHTTPTests/{HTTPInvariants,NaiveReader,Parsing,ProxyProtocolInvariants,StreamHeadInvariants}.swift \
        Tests/PoolAPITests/Support/APIInvariants.swift \
        "$build"/{PoolModel,PoolHTTP,PoolAPI}.o -o "$build/$name" 2> >(grep -v "Cannot export local symbol" >&2)
done

broken=0
for name in "${names[@]}"; do
    .make/say "fuzzing $name for $seconds s"
    mkdir -p "Tests/Corpora/$name"
    "$build/$name" -max_total_time="$seconds" -max_len=16384 -timeout=5 -print_final_stats=1 \
        -artifact_prefix="Tests/Corpora/$name/crash-" "Tests/Corpora/$name" >"$build/$name.log" 2>&1 || broken=1
    tail -n 12 "$build/$name.log"
done
exit "$broken"
