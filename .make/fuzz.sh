#!/bin/bash
# Builds each fuzz target with libFuzzer and runs it over its corpus for FUZZ_SECONDS (60).
# A target is Tests/Fuzz/NAME.swift: one function LLVMFuzzerTestOneInput. Its findings stay in Tests/Corpora/NAME/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
build=.build-fuzz
mkdir -p "$build"

# The pure layers are compiled together with the target: libFuzzer needs their coverage, and they need nothing else.
compile() {
    local name=$1
    rm -rf "$build/$name.d"
    mkdir -p "$build/$name.d"
    local flags=(-parse-as-library -O -sanitize=fuzzer,address -swift-version 6 -package-name pool -I "$build/$name.d" -L "$build/$name.d")
    for module in PoolModel PoolHTTP; do
        swiftc "${flags[@]}" -emit-module -emit-object -wmo -module-name "$module" $(find "Sources/$module" -name '*.swift') \
            -emit-module-path "$build/$name.d/$module.swiftmodule" -o "$build/$name.d/$module.o"
    done
    # What must hold is written once, for the seeded tests and for these.
    swiftc "${flags[@]}" -module-name "Fuzz$name" "Tests/Fuzz/$name.swift" \
        Tests/PoolHTTPTests/{HTTPInvariants,NaiveReader,Parsing,ProxyProtocolInvariants}.swift "$build/$name.d"/*.o -o "$build/$name"
}

for source in Tests/Fuzz/*.swift; do
    name=$(basename "$source" .swift)
    .make/say "fuzzing $name for $seconds s"
    compile "$name"
    mkdir -p "Tests/Corpora/$name"
    "$build/$name" -max_total_time="$seconds" -max_len=16384 -timeout=5 -print_final_stats=1 \
        -artifact_prefix="Tests/Corpora/$name/crash-" "Tests/Corpora/$name" 2>&1 | tail -n 12
done
