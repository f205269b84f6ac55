// swift-tools-version: 6.2
import PackageDescription

/// Everything compiles under the same rules; a warning is an error so that none is ever left standing.
let rules: [SwiftSetting] = [
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
    // Debug builds, which run the tests, check exclusive access and isolation at run time; in release the checks cost
    // a fifth of a request's instructions (Docs/decisions).
    .unsafeFlags(
        ["-enforce-exclusivity=unchecked", "-Xfrontend", "-disable-dynamic-actor-isolation"],
        .when(configuration: .release)),
]

/// What is shipped uses no regular expressions: their import alone would link 1.3 MB (Docs/decisions/0006).
let shipped: [SwiftSetting] =
    rules + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

/// Targets that may touch raw memory only where the word `unsafe` stands (Scripts/check names the files).
let safe: [SwiftSetting] = shipped + [.strictMemorySafety()]

/// As `safe`, for what is large and no request passes through (Docs/decisions/0006).
let compact: [SwiftSetting] = safe + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// Without the algorithms of OpenSSL's that nothing asks for (Docs/decisions/0061).
let fewAlgorithms =
    ["-Xlinker", "-T", "-Xlinker", Context.packageDirectory + "/Scripts/lib/openssl.ld"]
    + ["-Xlinker", "--wrap=ossl_method_construct"]

/// How the release binary is linked, and why, stands in Docs/decisions/0006.
let lean: [LinkerSetting] = [
    .unsafeFlags(
        ["-use-ld=lld", "-Xclang-linker", "-static-libgcc"]
            + ["-z", "pack-relative-relocs", "--no-export-dynamic", "--no-eh-frame-hdr"].flatMap { ["-Xlinker", $0] }
            + ["-T", Context.packageDirectory + "/Scripts/lib/sections.ld"].flatMap { ["-Xlinker", $0] }
            + ["-Xlinker", "--wrap=_swift_stdlib_getScalarName"] + fewAlgorithms,
        .when(platforms: [.linux], configuration: .release))
]

/// `tools` adds the echo server, echo client and load programs; `fuzz` adds the libFuzzer entry points as well; `ground`
/// leaves Platform, Wire and Store.
let extras = Context.environment["OPENCLAW_EXTRAS"] ?? ""
let fuzzing = extras == "fuzz"
let coverage: [SwiftSetting] = fuzzing ? [.unsafeFlags(["-sanitize=fuzzer"])] : []

/// A program that only tests and benchmarks use. Never a product of a plain build. Its code is optimized target by target:
/// ten programs made as one each (Docs/decisions/0041) would be most of a release build. One that is measured beside
/// others is made as the product is.
func tool(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], isMeasured: Bool = false,
    linked flags: [String] = []
) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Tests/Benchmarks/\(name)", exclude: exclude,
        swiftSettings: rules,
        linkerSettings: isMeasured
            ? []
            : [.unsafeFlags(["-Xlinker", "--lto-O0"] + flags, .when(platforms: [.linux], configuration: .release))])
}

func fuzzer(_ name: String) -> Target {
    .executableTarget(
        name: name, dependencies: ["FuzzDriver", "Support", "Platform", "Wire"], path: "Tests/Fuzz/\(name)",
        swiftSettings: rules + [.unsafeFlags(["-parse-as-library", "-sanitize=fuzzer"])],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])
}

let tools: [Target] =
    extras.isEmpty || extras == "ground"
    ? []
    : [
        tool("echo-client", ["Platform", "Wire"]),
        tool("echo-server", ["Platform", "Wire"], isMeasured: true),
        tool("failover-sim", ["FailoverSimulation", "Platform"]),
        tool("http-probe", ["Platform", "Wire"]),
        tool("json-bench", ["Platform"], exclude: ["frame.json"], isMeasured: true),
        tool("load-client", ["Platform"]),
        tool("model-probe", ["Models", "Platform", "Wire"]),
        tool("store-writer", ["Platform", "Store", "Writing"]),
        tool("tls-probe", ["Platform"], linked: fewAlgorithms),
        tool("transcript-writer", ["Agents", "Models", "Platform", "Store", "Writing"]),
        .target(
            name: "Writing", dependencies: ["Platform"], path: "Tests/Benchmarks/Writing", swiftSettings: rules),
    ]
let fuzzers: [Target] =
    fuzzing
    ? [
        .target(name: "FuzzDriver", path: "Tests/Fuzz/FuzzDriver", swiftSettings: rules),
        fuzzer("FuzzDeflate"), fuzzer("FuzzHTTP"), fuzzer("FuzzJSON"), fuzzer("FuzzJSON5"), fuzzer("FuzzSSE"),
        fuzzer("FuzzWebSocket"),
    ] : []

/// What stands above the ground floor. Sanitizers take that floor alone, and would build all of this for nothing.
let above: [Target] =
    extras == "ground"
    ? []
    : [
        .target(name: "Settings", dependencies: ["Platform"], swiftSettings: compact),
        .target(name: "Contract", dependencies: ["Platform"], swiftSettings: safe),
        .target(
            name: "Supervision", dependencies: ["Platform", "Wire", "Settings", "Store", "Contract"],
            swiftSettings: compact),
        .target(
            name: "Models", dependencies: ["Platform", "Wire", "Settings", "Store", "Contract"], swiftSettings: compact),
        .target(
            name: "Channels", dependencies: ["Platform", "Wire", "Settings", "Store", "Contract"],
            swiftSettings: compact),
        .target(
            name: "Failover", dependencies: ["Platform", "Wire", "Settings", "Store", "Contract"],
            swiftSettings: compact),
        .target(
            name: "Agents", dependencies: ["Platform", "Wire", "Settings", "Store", "Contract", "Models", "Channels"],
            swiftSettings: compact),
        .target(
            name: "CAssets", exclude: ["web", "web.pack"], cSettings: [.unsafeFlags(["-Wno-c23-extensions"])]),
        .target(
            name: "Gateway",
            dependencies: [
                "CAssets", "Platform", "Wire", "Settings", "Store", "Contract", "Models", "Channels", "Failover",
                "Agents",
            ],
            swiftSettings: compact),
        .target(
            name: "CLI",
            dependencies: [
                "Platform", "Wire", "Settings", "Store", "Contract", "Models", "Channels", "Failover", "Supervision",
                "Agents", "Gateway",
            ],
            swiftSettings: compact),
        .executableTarget(
            name: "openclaw", dependencies: ["CLI", "Platform"], swiftSettings: safe, linkerSettings: lean),
        .testTarget(
            name: "AgentsTests",
            dependencies: [
                "Agents", "Channels", "Models", "Contract", "Settings", "Store", "Wire", "Platform", "Support",
            ],
            swiftSettings: rules),
        .testTarget(
            name: "ChannelsTests", dependencies: ["Channels", "Settings", "Store", "Wire", "Platform", "Support"],
            swiftSettings: rules),
        .testTarget(name: "ContractTests", dependencies: ["Contract", "Platform", "Support"], swiftSettings: rules),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "CLI", "Gateway", "Agents", "Channels", "Models", "Contract", "Wire", "Settings", "Platform", "Support",
            ],
            swiftSettings: rules),
        .target(
            name: "FailoverSimulation", dependencies: ["Failover", "Support"], path: "Tests/FailoverSimulation",
            swiftSettings: rules),
        .testTarget(
            name: "FailoverTests",
            dependencies: ["Failover", "FailoverSimulation", "Settings", "Wire", "Platform", "Support"],
            swiftSettings: rules),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "Agents", "Channels", "Failover", "Models", "Contract", "Settings", "Store", "Wire",
                "Platform", "Support",
            ],
            swiftSettings: rules),
        .testTarget(
            name: "ModelsTests", dependencies: ["Models", "Wire", "Settings", "Platform", "Support"],
            swiftSettings: rules),
        .testTarget(
            name: "SupervisionTests", dependencies: ["Supervision", "Settings", "Platform", "Support"],
            swiftSettings: rules),
        .testTarget(
            name: "SettingsTests", dependencies: ["Settings", "Gateway", "Platform", "Support"], swiftSettings: rules),
    ]

let package = Package(
    name: "openclaw",
    platforms: [.macOS(.v15)],
    products: extras == "ground" ? [] : [.executable(name: "openclaw", targets: ["openclaw"])],
    targets: [
        .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
        .systemLibrary(name: "COpenSSL", path: "Sources/COpenSSL"),
        .systemLibrary(name: "CSQLite", path: "Sources/CSQLite"),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib"),
        .target(
            name: "Platform",
            dependencies: ["CLinux", "COpenSSL"],
            swiftSettings: shipped + coverage,
            linkerSettings: [
                .linkedLibrary(":libssl.a", .when(platforms: [.linux])),
                .linkedLibrary(":libcrypto.a", .when(platforms: [.linux])),
                .linkedLibrary("ssl", .when(platforms: [.macOS])),
                .linkedLibrary("crypto", .when(platforms: [.macOS])),
            ]
        ),
        .target(
            name: "Wire",
            dependencies: ["Platform", "CZlib"],
            swiftSettings: safe + coverage,
            linkerSettings: [
                .linkedLibrary(":libz.a", .when(platforms: [.linux])),
                .linkedLibrary("z", .when(platforms: [.macOS])),
            ]
        ),
        .target(
            name: "Store",
            dependencies: ["Platform", "CSQLite"],
            swiftSettings: shipped,
            linkerSettings: [
                .linkedLibrary(":libsqlite3.a", .when(platforms: [.linux])),
                .linkedLibrary("m", .when(platforms: [.linux])),
                .linkedLibrary("sqlite3", .when(platforms: [.macOS])),
            ]
        ),
        .target(name: "Support", dependencies: ["Platform", "Wire"], path: "Tests/Support", swiftSettings: rules),
        .testTarget(name: "PlatformTests", dependencies: ["CLinux", "Platform", "Support"], swiftSettings: rules),
        .testTarget(name: "WireTests", dependencies: ["Wire", "Platform", "Support"], swiftSettings: rules),
        .testTarget(
            name: "IntegrationTests", dependencies: ["Wire", "Platform", "Support"], swiftSettings: rules),
        .testTarget(name: "StoreTests", dependencies: ["Store", "Platform", "Support"], swiftSettings: rules),
    ] + above + tools + fuzzers,
    swiftLanguageModes: [.v6]
)
