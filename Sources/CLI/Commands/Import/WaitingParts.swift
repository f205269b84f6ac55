import Agents
import Gateway
import Platform
import Settings

/// What is read and not taken: jobs and allow-lists, for which nothing here does the work yet, and what an import does
/// not move. Nothing of it is noted as taken, so that a later import takes it once. Everything here blocks.
enum WaitingParts {
    static func all(_ source: SafeDirectory, _ instance: Instance) -> [ImportTally] {
        [jobs(source), allowLists(source), others(source, instance)]
    }

    private static func jobs(_ source: SafeDirectory) -> ImportTally {
        var tally = ImportTally("cron jobs")
        let path = "cron/jobs.json"
        guard let file = ForeignJSON.object(path, in: source, &tally) else { return tally }
        guard file["version"]?.int ?? 1 == 1 else {
            tally.leave(path, "it is not of version 1")
            return tally
        }
        var ids: Set<String> = []
        for job in file["jobs"]?.array ?? [] {
            let id = job["id"]?.string ?? ""
            let name = "job \(id.prefix(64)) \(job["name"]?.string.map { "\"\($0.prefix(64))\"" } ?? "")".trimmedSpace
            if let problem = problem(job) {
                tally.leave(name, problem)
            } else if !ids.insert(id).inserted {
                tally.leave(name, "another job has this id")
            } else {
                tally.leave(
                    name, "waits: nothing runs jobs here yet; import again when it does, and it is taken then, once")
            }
        }
        return tally
    }

    private static func problem(_ job: JSON) -> String? {
        guard let id = job["id"]?.string, (try? StrictID(id)) != nil else { return "its id is none" }
        let schedule = job["schedule"]
        let isSchedule =
            switch schedule?["kind"]?.string {
            case "at": schedule?["at"]?.string != nil || schedule?["atMs"]?.int != nil
            case "every": (schedule?["everyMs"]?.int ?? 0) > 0
            case "cron": schedule?["expr"]?.string?.isEmpty == false
            default: false
            }
        guard isSchedule else { return "its schedule is none" }
        switch job["payload"]?["kind"]?.string {
        case "systemEvent" where job["payload"]?["text"]?.string != nil: return nil
        case "agentTurn" where job["payload"]?["message"]?.string != nil: return nil
        default: return "what it is to do is not known here"
        }
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
