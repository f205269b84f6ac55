import Platform
import Settings

/// One thing that can be wrong with a gateway's home, as data: the list of all is `DoctorCheck.all`.
struct DoctorCheck: Sendable {
    enum Group: String, CaseIterable, Sendable {
        case config, security, network, service, state
    }

    let id: String
    let group: Group
    /// What is looked at, in a few words.
    let title: String
    let look: @LoopActor @Sendable (DoctorScene) async -> [DoctorFinding]

    init(
        _ id: String, _ group: Group, _ title: String,
        _ look: @escaping @LoopActor @Sendable (DoctorScene) async -> [DoctorFinding]
    ) {
        self.id = id
        self.group = group
        self.title = title
        self.look = look
    }

    static let all: [DoctorCheck] = config + security + network + running + service + failover + state + sessions
}

/// What a check found.
struct DoctorFinding: Sendable {
    enum Severity: String, Comparable, Sendable {
        /// Worth knowing; not counted as trouble.
        case note
        case warning
        case error

        static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    let severity: Severity
    /// The file, setting or service that it is about.
    let place: String
    let text: String
    var fix: DoctorFix?
    /// What a person can do where there is no fix: a command, if possible.
    var advice: String?

    init(
        _ severity: Severity, _ place: String, _ text: String, fix: DoctorFix? = nil, advice: String? = nil
    ) {
        self.severity = severity
        self.place = place
        self.text = text
        self.fix = fix
        self.advice = advice
    }
}

/// What `--fix` does about a finding.
struct DoctorFix: Sendable {
    /// What it will do, completed from "It would".
    let text: String
    /// What goes and what comes, a line each, behind "- " or "+ ".
    let difference: @LoopActor @Sendable (DoctorScene) -> [String]
    /// Does it; returns the way back, as a command.
    let apply: @LoopActor @Sendable (DoctorScene) async throws(CommandFailure) -> String?

    init(
        _ text: String, difference: @escaping @LoopActor @Sendable (DoctorScene) -> [String],
        _ apply: @escaping @LoopActor @Sendable (DoctorScene) async throws(CommandFailure) -> String?
    ) {
        self.text = text
        self.difference = difference
        self.apply = apply
    }

    /// Sets one setting of the configuration, as `config set` does: comments, layout and unknown keys stay.
    static func set(_ setting: String, _ value: JSON, shown: String? = nil) -> DoctorFix {
        let pointer = JSONPointer(setting: setting) ?? JSONPointer()
        return DoctorFix("set \(setting) to \(shown ?? value.string ?? value.description)") { scene in
            let old = scene.config.flatMap { config -> String? in
                guard let value = config.parsed[pointer] else { return nil }
                return config.redactedParsed[pointer] == value ? value.description : "(hidden)"
            }
            return [
                "- \(setting)\(old.map { ": \($0)" } ?? " is not set")", "+ \(setting): \(shown ?? value.description)",
            ]
        } _: { (scene) throws(CommandFailure) in
            var before: JSON?
            var isSecret = false
            try await scene.invocation.editConfig { snapshot in
                before = snapshot.parsed[pointer]
                isSecret = snapshot.redactedParsed[pointer] != before
                return [.set(pointer, value)]
            }
            return await scene.invocation.wayBack(of: setting, to: before, isSecret: isSecret)
        }
    }

    /// Takes the rights of others away from a file or directory.
    static func mode(_ path: String, _ mode: UInt16, from old: UInt16) -> DoctorFix {
        DoctorFix("chmod \(String(mode, radix: 8)) \(path)") { _ in
            ["- mode \(String(old, radix: 8))", "+ mode \(String(mode, radix: 8))"]
        } _: { (scene) throws(CommandFailure) in
            do throws(FileError) {
                try await BlockingPool.shared.run { () throws(FileError) in try FileFacts.setMode(path, mode) }
            } catch {
                throw CommandFailure(.notGood, "file", "\(error)")
            }
            return "chmod \(String(old, radix: 8)) \(ShellWord.quoted(path))"
        }
    }
}
