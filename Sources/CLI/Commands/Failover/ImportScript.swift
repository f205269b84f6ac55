import Failover
import Platform
import Settings

extension Command {
    static let failoverImportScript = Command(
        "failover import-script",
        "take over the settings of a shell monitor: its variables become this node's failover",
        notes:
            "Read are PRIMARY_IP, PRIMARY_PORT, SECRETS_HOST, FAIL_THRESHOLD and CHECK_INTERVAL, from the script, a file of "
            + "variables or a systemd unit. The file is never run: a value that the script computes is named, and left to "
            + "you. What changes is shown first.",
        arguments: [Argument("file", "the script, for example ~/health-monitor.sh")],
        flags: [Flag("--dry-run", nil, "show what would change, and change nothing"), .yes, .json],
        examples: [
            "openclaw failover import-script ~/health-monitor.sh",
            "openclaw failover import-script /etc/systemd/system/health-monitor.service --dry-run",
        ],
        seeAlso: ["failover check", "failover install", "failover pair"],
        run: { invocation throws(CommandFailure) in try await ScriptImport(invocation).run() })
}

/// `failover import-script`.
@LoopActor
struct ScriptImport {
    nonisolated static let names = ["PRIMARY_IP", "PRIMARY_PORT", "SECRETS_HOST", "FAIL_THRESHOLD", "CHECK_INTERVAL"]
    private static let sizeLimit = 1 << 20

    private let invocation: Invocation
    private let path: String

    init(_ invocation: Invocation) {
        self.invocation = invocation
        path = invocation.instance.expanded(invocation.arguments[0])
    }

    /// A setting and what it gets.
    private typealias Wish = (setting: String, value: JSON)

    func run() async throws(CommandFailure) -> ExitCode {
        let before = try await invocation.configuration()
        let variables = ShellVariables(try await text(), names: Set(Self.names))
        let hasPeers = before.parsed["failover"]?["peers"]?.array?.isEmpty == false
        let wishes = try wishes(variables, hasPeers: hasPeers)
        let changes = wishes.filter { wish in
            JSONPointer(setting: wish.setting).map { before.parsed[$0] != wish.value } ?? false
        }
        let difference = changes.flatMap { lines($0, before) }
        guard !changes.isEmpty else {
            invocation.done("the configuration says all of that already", undo: nil, json: answer([], isDone: false))
            return .good
        }
        if !invocation.output.isJSON { for line in difference { invocation.output.line(line.shown) } }
        if invocation.has("--dry-run") {
            if invocation.output.isJSON { invocation.output.json(answer(changes, isDone: false)) }
            return .good
        }
        try invocation.confirm("Write \(changes.count) settings to \(invocation.instance.shown(before.path))")
        try await invocation.editConfig { _ in
            changes.compactMap { wish in JSONPointer(setting: wish.setting).map { .set($0, wish.value) } }
        }
        invocation.done(
            "\(changes.count) settings are taken over; this node is a standby",
            undo: "\(invocation.program) config restore",
            json: answer(changes, isDone: true))
        guard !invocation.output.isJSON else { return .good }
        invocation.output.sentence(
            "  The gateway now waits warm, with its channels held. To start it only when it is needed, as the script did: "
                + "\(invocation.program) config set failover.promote.warm false")
        invocation.output.command("  Next: stop the old monitor, then ", "\(invocation.program) failover install")
        return .good
    }

    private func text() async throws(CommandFailure) -> String {
        do throws(FileError) {
            return String(decoding: try await FileReading.read(path, limit: Self.sizeLimit), as: UTF8.self)
        } catch {
            throw CommandFailure(.notGood, "not-read", "\(error)")
        }
    }

    // MARK: From variables to settings

    private func wishes(_ variables: ShellVariables, hasPeers: Bool) throws(CommandFailure) -> [Wish] {
        var problems: [String] = []
        func value(_ name: String, _ allowed: String, _ isAllowed: (String) -> Bool) -> String? {
            guard let found = variables.found[name] else { return nil }
            let place = "\(path):\(found.line): \(name)"
            guard let value = found.value else {
                problems.append("\(place) is computed (\(found.written)), which only running the script would tell")
                return nil
            }
            guard !value.isEmpty else { return nil }
            if isAllowed(value) { return value }
            problems.append("\(place): \(JSON.string(value)) is not allowed; \(allowed)")
            return nil
        }
        func number(_ name: String, _ range: ClosedRange<Int>) -> Int? {
            value(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
                Int($0).map(range.contains) ?? false
            }.flatMap { Int($0) }
        }
        let host = value("PRIMARY_IP", "an IP address or the name of a host") {
            IPv4Address($0) != nil || IPv6Address($0) != nil || HostName.isValid($0)
        }
        let port = number("PRIMARY_PORT", 1...65535) ?? 18789
        let secrets = value("SECRETS_HOST", "a host, or user@host") { !$0.hasPrefix("-") && !$0.contains(" ") }
        let threshold = number("FAIL_THRESHOLD", 1...100)
        let interval = number("CHECK_INTERVAL", 1...3600)
        guard problems.isEmpty else {
            throw CommandFailure(
                .notGood, "not-understood", "\(path.shown) cannot be taken over as it is", details: problems,
                next: ["\(invocation.program) config set failover.check.intervalMs 10000"])
        }
        guard let host else {
            throw CommandFailure(
                .notGood, "no-primary", "\(path.shown) sets no PRIMARY_IP, so it is not known whom to watch",
                details: ["it is looked for as PRIMARY_IP=100.64.0.1, with export or Environment= before it or without"]
            )
        }
        var wishes: [Wish] = [("failover.enabled", true), ("failover.role", "standby")]
        let shown = IPv6Address(host) == nil ? host : "[\(host)]"
        let url = JSON.string("ws://\(shown):\(port)")
        wishes.append(hasPeers ? ("failover.peers[0].url", url) : ("failover.peers", [["url": url]]))
        if let interval { wishes.append(("failover.check.intervalMs", .int(Int64(interval * 1000)))) }
        if let threshold { wishes.append(("failover.check.failThreshold", .int(Int64(threshold)))) }
        if let secrets { wishes.append(("failover.promote.secretsHost", .string(secrets))) }
        return wishes
    }

    private func lines(_ wish: Wish, _ before: ConfigSnapshot) -> [String] {
        let old = JSONPointer(setting: wish.setting).flatMap { before.redactedParsed[$0] }
        return (old.map { ["- \(wish.setting): \($0)"] } ?? []) + ["+ \(wish.setting): \(wish.value)"]
    }

    private func answer(_ changes: [Wish], isDone: Bool) -> JSON {
        [
            "ok": true, "applied": .bool(isDone), "file": .string(invocation.instance.configPath),
            "changes": .array(changes.map { ["path": .string($0.setting), "value": $0.value] }),
        ]
    }
}
