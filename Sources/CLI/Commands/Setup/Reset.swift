import Platform
import Settings
import Supervision

extension Flag {
    fileprivate static let dryRun = Flag("--dry-run", nil, "say what would be done, and do nothing")
    fileprivate static let silent = Flag("--non-interactive", nil, "ask nothing: without --yes, nothing is done")
}

/// How much of a gateway's home goes.
private enum ResetScope: String, CaseIterable {
    case config
    case credentials = "config+creds+sessions"
    case full

    func paths(_ instance: Instance, workspace: String) -> [String] {
        let state = instance.stateDirectory
        switch self {
        case .config: return [instance.configPath]
        case .credentials:
            let names = ["credentials", "agents", "openclaw.sqlite", "openclaw.sqlite-wal", "openclaw.sqlite-shm"]
            return [instance.configPath] + names.map { "\(state)/\($0)" }
        case .full: return workspace.hasPrefix(state + "/") ? [state] : [workspace, state]
        }
    }
}

extension Command {
    static let reset = Command(
        "reset", "begin anew: put the configuration, or more, out of the way",
        notes:
            "Nothing is deleted: what was there gets another name beside it, and the way back is printed. A gateway that "
            + "runs has to be stopped first.",
        flags: [
            Flag(
                "--scope", "<scope>", "how much", kind: .oneOf(ResetScope.allCases.map(\.rawValue)), default: "config"),
            .dryRun, .silent, .yes, .json,
        ],
        examples: ["openclaw reset --scope config --dry-run", "openclaw reset --scope full --yes"],
        seeAlso: ["backup create", "uninstall"],
        run: { invocation throws(CommandFailure) in
            let scope = invocation["--scope"].flatMap { ResetScope(rawValue: $0) } ?? .config
            let home = await GatewayHome(invocation)
            let paths = scope.paths(invocation.instance, workspace: home.workspace)
            return try await home.putAside(paths)
        })

    static let uninstall = Command(
        "uninstall", "take the service, the state or the workspace away; the program itself stays",
        notes:
            "Without a flag, the service alone. State and workspace are not deleted: they get another name, which is "
            + "printed, and can be removed when nobody misses anything.",
        flags: [
            Flag("--service", nil, "the service"), Flag("--state", nil, "configuration and state"),
            Flag("--workspaces", nil, "where the agents work"), Flag("--all", nil, "all three"), .dryRun, .silent, .yes,
            .json,
        ],
        examples: ["openclaw uninstall --dry-run --all", "openclaw uninstall --service --state --yes"],
        seeAlso: ["backup create", "gateway uninstall", "reset"],
        run: { invocation throws(CommandFailure) in
            let home = await GatewayHome(invocation)
            return try await home.uninstall()
        })
}

/// Everything that belongs to one gateway on this host.
@LoopActor
private struct GatewayHome {
    let invocation: Invocation
    /// Where agents work, as the configuration says.
    let workspace: String

    init(_ invocation: Invocation) async {
        self.invocation = invocation
        let config = try? await invocation.configLoader.load(.none)
        workspace =
            config?.string("agents.defaults.workspace").map { invocation.instance.expanded($0) }
            ?? invocation.instance.workspaceDirectory
    }

    func putAside(_ wanted: [String]) async throws(CommandFailure) -> ExitCode {
        let paths = wanted.filter { FilePresence.exists($0) }
        guard !paths.isEmpty else {
            invocation.done("there is nothing to take away", undo: nil, json: ["ok": true, "moved": []])
            return .good
        }
        if invocation.has("--dry-run") { return preview(paths, service: nil) }
        let aside = PuttingAside(invocation)
        // The configuration alone, too: without it the gateway would run on and never start again.
        try await aside.refuseIfRunning("reset")
        let plan = "Put aside:\n" + paths.map { "  \(invocation.instance.shown($0))" }.joined(separator: "\n")
        try invocation.agree(plan, words: words)
        tell(try await aside.move(paths), service: nil)
        return .good
    }

    func uninstall() async throws(CommandFailure) -> ExitCode {
        let isAll = invocation.has("--all")
        let isPlain = !["--service", "--state", "--workspaces"].contains { invocation.has($0) }
        let takesService = isAll || isPlain || invocation.has("--service")
        let state = invocation.instance.stateDirectory
        var paths: [String] = []
        // The workspace first: it may lie within the state.
        if isAll || invocation.has("--workspaces") { paths.append(workspace) }
        if isAll || invocation.has("--state") {
            paths.append(state)
            if !invocation.instance.configPath.hasPrefix(state + "/") { paths.append(invocation.instance.configPath) }
        }
        paths = paths.filter { FilePresence.exists($0) }
        let desk = ServiceDesk(invocation)
        let (place, found) = await desk.found()
        let service = takesService && found.isInstalled ? found.name : nil
        if invocation.has("--dry-run") { return preview(paths, service: service) }
        guard service != nil || !paths.isEmpty else {
            invocation.done("there is nothing to take away", undo: nil, json: ["ok": true, "moved": []])
            return .good
        }
        let lines = (service.map { ["  the service \($0)"] } ?? []) + paths.map { "  \(invocation.instance.shown($0))" }
        try invocation.agree("Take away:\n" + lines.joined(separator: "\n"), words: words)
        if service != nil {
            do throws(SupervisionError) {
                try await desk.backend.remove(place)
            } catch {
                throw CommandFailure(error, invocation)
            }
        }
        let aside = PuttingAside(invocation)
        if !paths.isEmpty { try await aside.refuseIfRunning("taken away") }
        tell(try await aside.move(paths), service: service)
        return .good
    }

    /// What was asked for, to be said again with --yes.
    private var words: String {
        let scope = invocation["--scope"].map { " --scope \($0)" } ?? ""
        let parts = ["--service", "--state", "--workspaces", "--all"].filter { invocation.has($0) }
        return ([invocation.command.name + scope] + parts).joined(separator: " ")
    }

    private func preview(_ paths: [String], service: String?) -> ExitCode {
        if invocation.output.isJSON {
            var json: JSON = ["ok": true, "dryRun": true, "paths": .array(paths.map { .string($0) })]
            json["service"] = service.map { .string($0) }
            invocation.output.json(json)
        } else {
            if let service { invocation.output.line("would remove the service \(service)") }
            for path in paths { invocation.output.line("would put aside \(invocation.instance.shown(path))") }
            if service == nil && paths.isEmpty { invocation.output.line("there is nothing to take away") }
        }
        return .good
    }

    private func tell(_ moved: [(from: String, to: String)], service: String?) {
        if invocation.output.isJSON {
            let rows = moved.map { one -> JSON in ["from": .string(one.from), "to": .string(one.to)] }
            var json: JSON = ["ok": true, "moved": .array(rows)]
            json["service"] = service.map { .string($0) }
            return invocation.output.json(json)
        }
        if let service {
            invocation.done(
                "the service \(service) is removed", undo: "\(invocation.program) gateway install", json: .null)
        }
        for one in moved {
            invocation.done(
                "\(invocation.instance.shown(one.from)) is \(invocation.instance.shown(one.to)) now",
                undo: PuttingAside.undo([one])[0], json: .null)
        }
    }
}
