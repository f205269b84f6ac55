import Platform
import Settings
import Support
import Testing

@testable import Gateway

/// Each setting changed once under a gateway that follows its file.
@Suite struct ReloadMatrixTests {
    private static let base = """
        {gateway: {mode: 'local', auth: {mode: 'token', token: 'a-token-of-this-test'}, tls: {autoGenerate: true},
        reload: {mode: 'hot'}}}
        """
    /// Of another node there must be an address before anything else is said of it.
    private static let ofPeers = ["failover.enabled", "failover.peers[].token", "failover.peers[].priority"]

    /// Where the first value of the type does not do.
    private static let values: [String: JSON] = [
        "gateway.mode": "local", "gateway.bind": "loopback", "gateway.auth.mode": "token",
        "gateway.auth.token": "another-token-of-this-test", "gateway.customBindHost": "127.0.0.1",
        "gateway.tailscale.mode": "off", "gateway.reload.mode": "hybrid", "failover.witnesses": ["dns"],
        "hooks.enabled": false,
    ]

    @Test func everySettingHasARow() {
        let rows = ReloadMatrix.rows.map(\.path)
        let served = ConfigSchema.product.keys.filter {
            $0.standing == .served && !($0.type == .object && $0.doc.isEmpty)
        }
        let all = Set(served.map(\.path.description))
        #expect(all.subtracting(rows).sorted() == [], "without a row")
        #expect(Set(rows).subtracting(all).sorted() == [], "with a row and no setting")
    }

    @Test func theSchemaSaysTheSame() {
        let marks = Dictionary(
            ConfigSchema.product.keys.map { ($0.path.description, $0.reload.rawValue) }
        ) { first, _ in first }
        for row in ReloadMatrix.rows where marks[row.path] != nil {
            #expect(marks[row.path] == row.landing, "\(row.path)")
        }
    }

    @Test func eachLandsAsItIsMarked() async throws {
        try await onLoop {
            let bench = try MethodBench()
            try await bench.begin(Self.base)
            let start = try await bench.start()
            await ConfigFollowing(start, bench.configuration, output: bench.output).begin(bench.plane)
            defer { bench.configuration.stopWatching() }
            let base = try JSON5Document(Self.base).value
            for row in ReloadMatrix.rows {
                guard let key = ConfigSchema.product.keys.first(where: { $0.path.description == row.path }) else {
                    continue
                }
                let value = Self.values[row.path] ?? Self.value(of: key.type)
                var changed = base
                if Self.ofPeers.contains(row.path) { changed["failover"] = ["peers": [["url": "ws://127.0.0.1:2"]]] }
                Self.put(value, key.path.steps[...], &changed)
                if changed == base { Self.put(nil, key.path.steps[...], &changed) }
                bench.file = changed.description
                try await Self.check(bench, row)
                bench.file = Self.base
                _ = try await bench.configuration.reload()
                #expect(bench.configuration.state.pending == [], "\(row.path) does not come to rest")
            }
        }
    }

    @LoopActor
    private static func check(_ bench: MethodBench, _ row: (path: String, landing: String)) async throws {
        do {
            let outcome = try await bench.configuration.reload()
            let landed =
                !outcome.left.isEmpty ? "restart" : outcome.taken.isEmpty ? "none" : "hot"
            #expect(landed == row.landing, "\(row.path): \(outcome.taken) \(outcome.left)")
            for path in outcome.taken + outcome.left {
                let isCompanion = ofPeers.contains(row.path) && path.hasPrefix("failover.peers")
                #expect(isCompanion || row.path.hasPrefix(stem(path)), "\(row.path): \(path)")
            }
        } catch {
            Issue.record("\(row.path): \(error)")
        }
    }

    /// Without the user's own names.
    private static func stem(_ path: String) -> String { String(path.prefix { $0 != "[" }).replacingOwnName }

    private static func put(_ value: JSON?, _ steps: ArraySlice<SettingPath.Step>, _ json: inout JSON) {
        guard let step = steps.first else { return }
        let rest = steps.dropFirst()
        switch step {
        case .key(let name): putMember(value, name, rest, &json)
        case .anyKey: putMember(value, "own", rest, &json)
        case .element:
            var element: JSON = json.array?.first ?? [:]
            if rest.isEmpty { element = value ?? .null } else { put(value, rest, &element) }
            json = [element]
        }
    }

    private static func putMember(
        _ value: JSON?, _ name: String, _ rest: ArraySlice<SettingPath.Step>, _ json: inout JSON
    ) {
        var object = json.object ?? JSONObject()
        if rest.isEmpty {
            object[name] = value
        } else {
            var inner = object[name] ?? [:]
            put(value, rest, &inner)
            object[name] = inner
        }
        json = .object(object)
    }

    private static func value(of type: SettingType) -> JSON {
        switch type {
        case .string, .any: "text"
        case .text(let format):
            switch format {
            case .notEmpty, .header: "x-text"
            case .path: "/tmp/path"
            case .webURL: "http://127.0.0.1:1"
            case .socketURL: "ws://127.0.0.1:1"
            case .origin: "https://control.example.com"
            case .addressRange: "10.0.0.0/8"
            }
        case .integer(let range): JSON(range.lowerBound + 1)
        case .number(let range): .double((range.lowerBound + range.upperBound) / 2)
        case .boolean: true
        case .oneOf(let words): .string(words[words.count - 1])
        case .list(let element): [value(of: element)]
        case .map(let element): ["own": value(of: element)]
        case .object: [:]
        case .duration: "7m"
        case .secret: "a-secret-of-this-test"
        case .either(let types): value(of: types[0])
        }
    }
}

extension String {
    fileprivate var replacingOwnName: String {
        split(separator: ".", omittingEmptySubsequences: false).map { $0 == "own" ? "*" : String($0) }
            .joined(separator: ".")
    }
}
