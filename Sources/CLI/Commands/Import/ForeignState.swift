import Platform
import Settings

/// State directories of OpenClaw, of either year and under each of its names.
enum ForeignState {
    /// What only OpenClaw writes.
    private static let marks = [
        "sessions/sessions.json", "devices/paired.json", "nodes/paired.json", "cron/jobs.json", "state/openclaw.sqlite",
    ]
    private static let agentMarks = ["sessions/sessions.json", "agent/auth-profiles.json"]
    /// The configuration's names, the newest first.
    static let configNames = ["openclaw.json", "moltbot.json", "clawdbot.json"]

    /// Whether the directory is one of them. Blocks.
    static func isOne(_ directory: String) -> Bool {
        if marks.contains(where: { FilePresence.exists("\(directory)/\($0)") }) { return true }
        let agents = (try? FileFacts.names(in: "\(directory)/agents")) ?? []
        if agents.contains(where: { agent in
            agentMarks.contains { FilePresence.exists("\(directory)/agents/\(agent)/\($0)") }
        }) {
            return true
        }
        return ((try? FileFacts.names(in: "\(directory)/credentials")) ?? []).contains {
            $0.hasSuffix("-allowFrom.json")
        }
    }

    /// Those that this gateway may take over without being told which: its own directory, and for the default profile
    /// the older names. A link that leads to another of them is the same one. Blocks.
    static func found(_ instance: Instance) -> [String] {
        var places = [instance.stateDirectory]
        if instance.profile == .default {
            places += [".moltbot", ".clawdbot"].map { "\(instance.homeDirectory)/\($0)" }
        }
        var known: Set<String> = []
        return places.filter { place in
            guard isOne(place), let real = FileFacts.realPath(place) else { return false }
            return known.insert(real).inserted
        }
    }

    /// What the first start says beside such a state; nil when there is none, or it is not the first.
    @LoopActor
    static func offer(_ invocation: Invocation) async -> String? {
        let instance = invocation.instance
        let places = await BlockingPool.shared.run {
            FilePresence.exists(instance.databasePath) ? [] : found(instance)
        }
        guard let first = places.first else { return nil }
        let shown = instance.shown(first)
        return "openclaw: the state of another OpenClaw lies in \(shown.shown); to take it over, stop both and run: "
            + "\(invocation.program) import --from \(shown.hasPrefix("~/") ? shown : ShellWord.quoted(first))"
    }
}
