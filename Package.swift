// swift-tools-version: 6.2
import PackageDescription

/// One set of settings for every Swift target: Swift 6 mode, explicit import access, warnings are errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// A Swift library target of ours.
func layer(_ name: String, _ dependencies: [Target.Dependency] = [], _ more: [SwiftSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings + more)
}

/// For the data plane alone: a loop's state belongs to one thread, and the dynamic checks for overlapping access are a
/// quarter of its instructions. Debug builds, which run the tests, keep them.
let uncheckedInRelease: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// For what is read once at a start or on request, and is large: optimizing it is a tenth of a first build's time.
let unoptimized: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

/// An executable: a few lines over a library target, so that everything can be tested.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a layer. Golden files are read from the checkout, so that they can be recorded there too.
func tests(
    _ name: String,
    _ dependencies: [Target.Dependency],
    exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        exclude: exclude,
        resources: resources,
        swiftSettings: settings
    )
}

let package = Package(
    name: "pool",
    products: [
        .executable(name: "poold", targets: ["poold"]),
        .executable(name: "poolctl", targets: ["poolctl"]),
        .executable(name: "pooltop", targets: ["pooltop"]),
    ],
    dependencies: [
        // The control socket's server; nothing but PoolManager may import it.
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        // The grammar, help and completions of the command line.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        // L0: what Swift cannot import or may not do
        .target(name: "CPoolOS", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        .target(name: "CTerminal", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "CTLSClient", linkerSettings: [.linkedLibrary("dl")]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CNghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

        // L1: values
        layer("PoolModel"),

        // L2: pure decisions
        layer("PoolCore", ["PoolModel"]),
        layer("PoolHTTP", ["PoolModel"]),
        layer("PoolAPI", ["PoolModel"]),
        layer("PoolTOML"),
        layer("PoolProfile", ["PoolModel", "PoolTOML"], unoptimized),
        layer("PoolScreen"),
        layer("PoolUI", ["PoolModel", "PoolAPI", "PoolScreen"]),

        // L3: effects
        layer("PoolOS", ["PoolModel", "CPoolOS"]),
        layer("PoolTLS", ["PoolModel", "COpenSSL"]),
        layer(
            "PoolProxy",
            ["PoolModel", "PoolCore", "PoolHTTP", "PoolOS", "PoolTLS", "CPoolOS", "CNghttp2", "CZlib"],
            uncheckedInRelease
        ),
        layer("PoolEngines", ["PoolModel", "PoolHTTP", "PoolProfile", "PoolOS", "CPoolOS"]),
        layer("PoolClient", ["PoolModel", "PoolAPI", "PoolHTTP", "CTLSClient"]),
        layer("PoolTerminal", ["PoolScreen", "CNcurses", "CTerminal"]),

        // L4: front ends
        layer("PoolKeeper", ["PoolModel", "PoolOS", "CPoolOS"]),
        layer(
            "PoolManager",
            [
                "PoolModel", "PoolCore", "PoolHTTP", "PoolAPI", "PoolProfile", "PoolTOML", "PoolOS", "PoolTLS",
                "CPoolOS", "CZlib",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        layer(
            "PoolCommands",
            [
                "PoolModel", "PoolAPI", "PoolClient", "PoolProfile", "PoolScreen",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        layer(
            "PoolDashboard",
            [
                "PoolModel", "PoolAPI", "PoolTOML", "PoolScreen", "PoolUI", "PoolTerminal", "PoolClient", "PoolOS",
                "CPoolOS",
            ]
        ),

        // L5: executables
        program(
            "poold",
            [
                "PoolKeeper", "PoolManager", "PoolProxy", "PoolEngines", "PoolModel", "PoolOS",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        program("poolctl", ["PoolCommands"]),
        program("pooltop", ["PoolDashboard"]),

        // The proxy alone, for the benchmarks' tools.
        .executableTarget(
            name: "ProxyDriver",
            dependencies: ["PoolProxy", "PoolModel", "PoolOS"],
            path: "Tests/Bench/ProxyDriver",
            swiftSettings: settings
        ),

        // The proxy alone, changing all the while, for the sanitizers.
        .executableTarget(
            name: "ProxyStress",
            dependencies: ["PoolProxy", "PoolModel", "PoolOS"],
            path: "Tests/Sanitize/ProxyStress",
            swiftSettings: settings
        ),

        // Tests
        .executableTarget(
            name: "KeeperFixture",
            dependencies: ["PoolKeeper", "PoolOS", "PoolModel"],
            path: "Tests/KeeperFixture",
            swiftSettings: settings
        ),
        tests("PoolModelTests", ["PoolModel"]),
        tests("PoolCoreTests", ["PoolCore", "PoolModel"]),
        tests("PoolHTTPTests", ["PoolHTTP", "PoolModel"]),
        tests("PoolAPITests", ["PoolAPI", "PoolModel"], exclude: ["Goldens"]),
        tests("PoolTOMLTests", ["PoolTOML"]),
        tests("PoolProfileTests", ["PoolProfile", "PoolTOML", "PoolModel"]),
        tests("PoolScreenTests", ["PoolScreen"]),
        tests("PoolUITests", ["PoolUI", "PoolScreen", "PoolModel", "PoolAPI"], exclude: ["Goldens"]),
        tests(
            "PoolDashboardTests",
            ["PoolDashboard", "PoolTerminal", "PoolClient", "PoolAPI", "PoolModel", "PoolUI", "PoolScreen"]
        ),
        tests("PoolOSTests", ["PoolOS", "PoolModel", "CPoolOS"]),
        tests("PoolKeeperTests", ["PoolKeeper", "PoolOS", "PoolModel", "CPoolOS", "KeeperFixture"]),
        tests("PoolEnginesTests", ["PoolEngines", "PoolHTTP", "PoolModel", "PoolOS"]),
        tests("PoolProxyTests", ["PoolProxy", "PoolHTTP", "PoolOS", "PoolModel", "CPoolOS"]),
        tests(
            "PoolManagerTests",
            [
                "PoolManager", "PoolCore", "PoolAPI", "PoolOS", "PoolTLS", "PoolModel",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        tests(
            "PoolCommandsTests",
            ["PoolCommands", "PoolClient", "PoolAPI", "PoolModel"],
            exclude: ["Goldens"]
        ),
        tests("TidyTests", []),
    ]
)
