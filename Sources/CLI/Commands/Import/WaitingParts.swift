import Agents
import Gateway
import Platform
import Settings

/// What is read and not taken: allow-lists, and what an import does not move. Nothing of it is noted as taken, so that a
/// later import takes it once. Everything here blocks.
enum WaitingParts {
    static func all(_ source: SafeDirectory, _ instance: Instance) -> [ImportTally] {
        [allowLists(source), others(source, instance)]
    }

    private static func allowLists(_ source: SafeDirectory) -> ImportTally {
        var tally = ImportTally("allow-lists")
        let ending = "-allowFrom.json"
        for name in files(source, "credentials") where name.hasSuffix(ending) && (try? SafePath(name)) != nil {
            let path = "credentials/\(name)"
            guard let file = ForeignJSON.object(path, in: source, &tally) else { continue }
            let count = file["allowFrom"]?.array?.count ?? 0
            tally.leave(path, "waits: there are no channels here yet; \(count) \(count == 1 ? "name" : "names")")
        }
        return tally
    }

    private static func others(_ source: SafeDirectory, _ instance: Instance) -> ImportTally {
        var tally = ImportTally("others")
        let isOwn = FileFacts.realPath(source.path) == FileFacts.realPath(instance.stateDirectory)
        if !isOwn, let name = ForeignState.configNames.first(where: { FilePresence.exists("\(source.path)/\($0)") }) {
            tally.leave(name, "copy it to \(instance.shown(instance.configPath)), and see config validate")
        }
        if files(source, "credentials").contains("oauth.json") {
            tally.leave("credentials/oauth.json", "sign-ins of accounts, which are not renewed here")
        }
        let agents = ((try? FileFacts.names(in: source.path + "/agents")) ?? []).filter(AgentID.allows).sorted()
        let databases =
            ["state/openclaw.sqlite"] + agents.map { "agents/\($0)/agent/openclaw-agent.sqlite" }
        for path in databases where FilePresence.exists("\(source.path)/\(path)") {
            tally.leave(path, "a newer format than this program reads")
        }
        return tally
    }

    private static func files(_ source: SafeDirectory, _ folder: String) -> [String] {
        guard let path = try? SafePath(folder), let files = try? source.files(in: path) else { return [] }
        return files.map(\.name).sorted()
    }
}
