import Platform
import Settings
import Wire

/// Whether the gateway of an OpenClaw state directory runs, as far as that can be read.
enum ForeignGateway {
    private static let lockLimit = 16 << 10
    private static let prefixes = ["openclaw-", "moltbot-", "clawdbot-"]
    static let usualPort = 18789

    /// The process that its lock names, where that is alive. The lock lies in a directory for temporary files, under a
    /// name made of the configuration's path, which also stands in it. Blocks.
    static func owner(of source: String, temporary: [String]) -> Int32? {
        let real = FileFacts.realPath(source) ?? source
        for directory in temporary + ["\(source)/tmp"] {
            for folder in names(directory) where prefixes.contains(where: folder.hasPrefix) {
                for name in names("\(directory)/\(folder)") where name.hasPrefix("gateway.") && name.hasSuffix(".lock")
                {
                    let path = "\(directory)/\(folder)/\(name)"
                    if let process = owner(path, of: [source, real]) { return process }
                }
            }
        }
        return nil
    }

    private static func owner(_ lock: String, of sources: [String]) -> Int32? {
        guard let bytes = try? FileReading.read(lock, limit: lockLimit), let json = try? JSONParser.parse(bytes),
            let config = json["configPath"]?.string, sources.contains(where: { config.hasPrefix($0 + "/") }),
            let number = json["pid"]?.int, let process = Int32(exactly: number), process > 1,
            ProcessFacts.isRunning(process)
        else { return nil }
        // The number may be another's by now: then that one began at another time.
        if let began = json["startTime"]?.int, let now = startTime(of: process), began != now { return nil }
        return process
    }

    /// Field 22 of proc(5) `stat`: ticks since the machine's start.
    private static func startTime(of process: Int32) -> Int? {
        guard let bytes = try? FileReading.read("/proc/\(process)/stat", limit: lockLimit) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? Int(fields[19]) : nil
    }

    private static func names(_ directory: String) -> [String] { (try? FileFacts.names(in: directory)) ?? [] }

    /// The port that its configuration names, else the usual one. Blocks.
    static func port(of source: String) -> Int {
        for name in ForeignState.configNames {
            guard let bytes = try? FileReading.read("\(source)/\(name)", limit: 8 << 20),
                let config = (try? JSON5Document(bytes))?.value
            else { continue }
            return config["gateway"]?["port"]?.int ?? usualPort
        }
        return usualPort
    }
}

extension Invocation {
    /// Refuses while the source's gateway runs: what it writes meanwhile would be lost, and two would answer one chat.
    @LoopActor
    func refuseIfRunning(_ source: String) async throws(CommandFailure) {
        let temporary = Array(Set(["/tmp", environment["TMPDIR"]].compactMap(\.self)))
        let (owner, port) = await BlockingPool.shared.run {
            (ForeignGateway.owner(of: source, temporary: temporary), ForeignGateway.port(of: source))
        }
        func failure(_ detail: String) -> CommandFailure {
            CommandFailure(
                .tryAgain, "source-runs", "the gateway of \(instance.shown(source).shown) runs; nothing was imported",
                details: [detail, "stop it first: what it writes meanwhile would be missing here"],
                next: ["\(program) gateway status --deep"])
        }
        if let owner { throw failure("its lock names process \(owner), which is alive") }
        guard let url = try? WebURL("ws://127.0.0.1:\(port)") else { return }
        let query = ListenerQuery(clock: surroundings.clock, resolver: surroundings.resolver)
        if case .foreign(let answer) = await query.ask(GatewayRoute(.url(url))) {
            throw failure("something answers on its port \(port): \(answer)")
        }
    }
}
