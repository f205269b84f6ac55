import Failover
import Platform
import Settings
import Supervision

extension FailoverCheck {
    static let setup: [FailoverCheck] = [
        FailoverCheck("secret", "the pair's secret") { scene in
            scene.settings.peers.flatMap { peer -> [DoctorFinding] in
                guard case .url(let url) = peer.place else { return [] }
                guard let token = peer.token else {
                    return [
                        DoctorFinding(
                            .warning, "failover.peers",
                            "\(url) has no token: it is watched, and cannot be told from a stranger",
                            advice: "on the primary: \(scene.program) failover pair user@standby")
                    ]
                }
                guard token.utf8.count < FailoverScene.shortestSecret else { return [] }
                return [
                    DoctorFinding(
                        .warning, "failover.peers",
                        "the token of \(url) has \(token.utf8.count) characters, and could be guessed",
                        advice:
                            "give both nodes the same one of at least \(FailoverScene.shortestSecret): openssl rand -hex 32"
                    )
                ]
            }
        },
        FailoverCheck("ownership", "bots of this node's own") { await $0.ownership() },
        FailoverCheck("workspace", "the workspace and its remote") { await $0.workspaceFindings() },
        FailoverCheck("secrets-host", "secrets from elsewhere") { scene in
            guard let host = scene.settings.promotion.secretsHost else { return [] }
            let copy = SecretsCopy(host, scene.instance, scene.programs)
            guard let obstacle = await copy.obstacle(by: scene.deadline) else { return [] }
            return [
                DoctorFinding(
                    .error, "failover.promote.secretsHost", "\(host) cannot be fetched from: \(obstacle)",
                    advice: "ssh \(host) rsync --version")
            ]
        },
        FailoverCheck("hook", "the operator's program") { scene in
            guard let path = scene.settings.promotion.hook else { return [] }
            let request = ProcessRequest([path], environment: [:], deadline: .zero)
            do throws(ProcessError) {
                _ = try await BlockingPool.shared.run { () throws(ProcessError) in try request.programPath() }
                return []
            } catch {
                return [
                    DoctorFinding(
                        .error, "failover.hooks.prePromote", "\(error)", advice: "chmod +x \(ShellWord.quoted(path))")
                ]
            }
        },
        FailoverCheck("service", "the service") { await $0.service() },
    ]
}

extension FailoverScene {
    static let shortestSecret = 32

    // MARK: Who owns what

    fileprivate func ownership() async -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let own = DoctorProfile.digests(snapshot.resolved["channels"])
        for other in await DoctorProfile.beside(invocation) {
            for (setting, digest) in own.sorted(by: { $0.key < $1.key }) {
                guard let theirs = other.digests.filter({ $0.value == digest }).keys.min() else { continue }
                findings.append(
                    DoctorFinding(
                        .error, setting, "profile \(other.instance.profile) has the same bot (\(theirs))",
                        advice: "make a bot of its own for this node: \(program) channels login"))
            }
        }
        let configured = snapshot.members("channels").map(\.key)
        for name in settings.channels where !configured.contains(name) {
            findings.append(
                DoctorFinding(
                    .error, "failover.channels", "\(name.shown) is not set up on this node",
                    advice: "\(program) channels add --channel \(name.shown)"))
        }
        if isStandby, settings.channels.isEmpty, configured.allSatisfy({ $0 == "defaults" }) {
            findings.append(
                DoctorFinding(
                    .error, "channels", "this standby has no channel of its own: nobody could write to it",
                    advice: "\(program) channels add --channel telegram --token-file ~/standby-token"))
        }
        if status?["state"]?.string == "blocked" {
            let reason = status?["blocked"]?.string ?? "promotion is refused"
            findings.append(
                DoctorFinding(.error, "monitor", reason.shown, advice: "\(program) failover status"))
        }
        return findings
    }

    // MARK: What is copied

    fileprivate func workspaceFindings() async -> [DoctorFinding] {
        guard settings.mode == .split, settings.promotion.pullsWorkspace else { return [] }
        let path = workspace
        let look = await WorkspaceLook.at(path, programs, by: deadline)
        let shown = instance.shown(path)
        let git = "git -C \(ShellWord.quoted(path))"
        if let first = look.unmerged.first {
            return [
                DoctorFinding(
                    .error, shown, "\(first.shown) is left over from a merge, so nothing is pushed or pulled",
                    advice: "\(git) status")
            ]
        }
        if let problem = look.problem {
            let parts = problem.split(separator: ";", maxSplits: 1).map(String.init)
            let cure = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "\(git) remote -v"
            return [DoctorFinding(.error, shown, parts[0].shown, advice: cure)]
        }
        guard isStandby else { return [] }
        if look.changes > 0 {
            return [
                DoctorFinding(
                    .warning, shown, "\(look.changes) files were changed on the standby and may stand in a pull's way",
                    advice: "\(git) stash --include-untracked")
            ]
        }
        if !look.isSame {
            return [
                DoctorFinding(
                    .note, shown,
                    "the copy is not the newest; it is pulled every "
                        + "\(settings.pushInterval / 1000) s", advice: "\(git) pull --ff-only")
            ]
        }
        return []
    }

    // MARK: What starts it

    fileprivate func service() async -> [DoctorFinding] {
        let desk = ServiceDesk(invocation)
        let (_, state) = await desk.found()
        let install = "\(program) failover install"
        if case .noManager = state.condition {
            return [
                DoctorFinding(
                    .note, "service", "no service manager is at work here: nothing starts this node again",
                    advice: "start it from what supervises this machine: \(program) gateway run")
            ]
        }
        if settings.startsGateway { return cold(desk, state, install) }
        guard state.isInstalled else {
            return [DoctorFinding(.error, "service", "this node does not start with its machine", advice: install)]
        }
        var findings: [DoctorFinding] = []
        if state.isEnabled == false {
            findings.append(DoctorFinding(.error, state.name, "it is not enabled", advice: install))
        }
        if state.isStopped {
            findings.append(
                DoctorFinding(.error, state.name, "it is \(state.condition.word)", advice: "\(program) gateway start"))
        }
        if state.lingers == false {
            findings.append(
                DoctorFinding(
                    .error, state.name, "it ends when its user logs out", advice: "loginctl enable-linger $USER"))
        }
        return findings
    }

    private func cold(_ desk: ServiceDesk, _ warm: ServiceState, _ install: String) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if warm.isInstalled {
            findings.append(
                DoctorFinding(
                    .error, warm.name, "it starts the gateway that only the monitor may start",
                    advice: "\(program) gateway uninstall"))
        }
        let installations = [ServiceKind.user, .system].map { kind in
            let units = StandbyUnits(desk.wanted(kind, port: 0), gateway: settings.promotion.unit)
            return StandbyInstallation(units, desk.host)
        }
        if !installations.contains(where: \.isInstalled) {
            findings.append(
                DoctorFinding(.error, "service", "nothing watches: the monitor is not installed", advice: install))
        } else if status == nil {
            findings.append(
                DoctorFinding(.error, "service", "nothing watches: the monitor does not run", advice: install))
        }
        return findings
    }
}
