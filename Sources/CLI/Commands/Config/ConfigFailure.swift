import Platform
import Settings

extension CommandFailure {
    /// A configuration with errors: each with its place and what is allowed.
    init(_ refusal: ConfigRefusal, code: ExitCode = .notGood) {
        let lines = refusal.description.split(separator: "\n").map(String.init)
        self.init(
            code, "invalid-config", lines.first ?? "the configuration is not valid",
            details: lines.dropFirst().map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : $0 })
    }

    init(_ error: ConfigWriteError, program: String) {
        let lines = "\(error)".split(separator: "\n").map(String.init)
        let details = lines.dropFirst().map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : $0 }
        let (code, reason): (ExitCode, String) =
            switch error {
            case .busy: (.tryAgain, "busy")
            case .changedMeanwhile, .baseHashRequired: (.tryAgain, "changed-meanwhile")
            case .invalid, .unreadable: (.notGood, "invalid-config")
            case .dropsMode, .losesTooMuch, .shrinksLists: (.notGood, "would-lose-settings")
            case .cannotEdit, .included, .file: (.notGood, "not-written")
            }
        let isLoss = reason == "would-lose-settings"
        self.init(
            code, reason, lines.first ?? "not written", details: details,
            next: isLoss ? ["the same command with --allow-loss, if that is meant"] : [])
    }
}

extension Invocation {
    /// The setting that the command is about.
    func setting() throws(CommandFailure) -> JSONPointer {
        if let pointer = JSONPointer(setting: arguments[0]), !pointer.tokens.isEmpty { return pointer }
        throw .usage(
            "\"\(arguments[0].shown)\" is not the path of a setting, such as gateway.bind or agents.list[0].id",
            hint: "usage: \(command.usage)")
    }

    /// The configuration as it is written, with what it includes.
    @LoopActor
    func configuration(_ demand: ConfigLoader.Demand = .none) async throws(CommandFailure) -> ConfigSnapshot {
        do throws(ConfigRefusal) {
            return try await configLoader.load(demand)
        } catch {
            throw CommandFailure(error)
        }
    }
}
