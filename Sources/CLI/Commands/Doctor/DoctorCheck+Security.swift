import Gateway
import Platform
import Settings

/// Who can get in, and who can read what is kept.
extension DoctorCheck {
    private static let weakLength = 16
    private static let tokenBytes = 24

    static let security: [DoctorCheck] = [
        DoctorCheck("files.state", .security, "the state directory is its owner's alone") { scene in
            await modes([scene.instance.stateDirectory], 0o700, scene)
        },
        DoctorCheck("files.config", .security, "others cannot read the configuration") { scene in
            await modes([scene.instance.configPath, scene.instance.environmentFilePath], 0o600, scene)
        },
        DoctorCheck("files.secrets", .security, "others cannot read credentials, keys and conversations") { scene in
            let state = scene.instance.stateDirectory
            let directories = ["credentials", "identity", "devices", "nodes", "agents", "tls", "logs"]
            var found = await modes(directories.map { "\(state)/\($0)" }, 0o700, scene)
            found += await modes(
                [scene.instance.databasePath, "\(state)/exec-approvals.json", "\(state)/tls/gateway-key.pem"], 0o600,
                scene)
            return found
        },
        DoctorCheck("files.owner", .security, "everything belongs to who runs the gateway") { scene in
            let state = scene.instance.stateDirectory
            guard let own = await scene.facts(state), own.isDirectory else { return [] }
            var found: [DoctorFinding] = []
            for name in [""] + (await scene.names(state)) {
                let path = name.isEmpty ? state : "\(state)/\(name)"
                guard let facts = await scene.facts(path), facts.owner != ProcessFacts.user else { continue }
                found.append(
                    DoctorFinding(
                        .error, scene.shown(path), "belongs to another user (\(facts.owner)), as after a run as root",
                        advice: "sudo chown -R $(id -un) \(ShellWord.quoted(state))"))
                break
            }
            return found
        },
        DoctorCheck("auth.token", .security, "clients have a token to show") { scene in
            guard let config = scene.config, config.exists, scene.settings.token == nil, scene.settings.password == nil,
                config.string("gateway.auth.mode") ?? "token" == "token", !scene.settings.isRemote
            else { return [] }
            return [
                DoctorFinding(
                    .warning, "gateway.auth.token",
                    "not set: each start has a random one, so that only commands of this user get in", fix: token)
            ]
        },
        DoctorCheck("auth.weak", .security, "token and password are long enough") { scene in
            guard let config = scene.config else { return [] }
            return ["gateway.auth.token", "gateway.auth.password"].compactMap { setting in
                guard let text = config.given(setting)?.string, text.utf8.count < weakLength else { return nil }
                return DoctorFinding(
                    .warning, setting, "has \(text.utf8.count) characters; it can be guessed",
                    fix: setting == "gateway.auth.token"
                        && config.parsed[JSONPointer(setting: setting)!]?.string == text
                        ? token : nil,
                    advice: "\(scene.invocation.program) config set \(setting) -")
            }
        },
        DoctorCheck("auth.none", .security, "someone asks who comes in") { scene in
            guard scene.config?.string("gateway.auth.mode") == "none" else { return [] }
            return [
                DoctorFinding(
                    .warning, "gateway.auth.mode",
                    "none: every program and every user of this host may do everything",
                    fix: .set("gateway.auth.mode", "token"))
            ]
        },
        DoctorCheck("auth.origins", .security, "only pages that are named may connect") { scene in
            guard scene.config?.strings("gateway.controlUi.allowedOrigins")?.contains("*") == true else { return [] }
            return [
                DoctorFinding(
                    .error, "gateway.controlUi.allowedOrigins",
                    "\"*\" lets every page that a browser opens try to connect",
                    advice: "name the origins, for example https://gateway.example")
            ]
        },
        DoctorCheck("auth.funnel", .security, "what the whole internet reaches asks for a password") { scene in
            guard let config = scene.config, config.string("gateway.tailscale.mode") == "funnel",
                config.string("gateway.auth.mode") != "password"
            else { return [] }
            return [
                DoctorFinding(
                    .error, "gateway.tailscale.mode",
                    "funnel, and gateway.auth.mode is not password: whoever finds the address is a guess away",
                    advice: "\(scene.invocation.program) config set gateway.tailscale.mode serve")
            ]
        },
        DoctorCheck("auth.proxies", .security, "only proxies that are named are believed") { scene in
            guard let ranges = scene.config?.strings("gateway.trustedProxies") else { return [] }
            return ranges.filter { $0.hasSuffix("/0") }.map { range in
                DoctorFinding(
                    .error, "gateway.trustedProxies",
                    "\(range) is everybody: whoever sends the headers of a proxy is believed",
                    advice:
                        "\(scene.invocation.program) config set gateway.trustedProxies '[\"<the proxy's address>\"]'")
            }
        },
        DoctorCheck("net.plain", .security, "secrets cross the network encrypted") { scene in
            guard let config = scene.config, !scene.settings.usesTLS,
                ["lan", "custom"].contains(config.string("gateway.bind") ?? "loopback"),
                config.strings("gateway.trustedProxies")?.isEmpty != false
            else { return [] }
            return [
                DoctorFinding(
                    .warning, "gateway.bind", "others reach the port, and what they send can be read on the way",
                    advice: "\(scene.invocation.program) config set gateway.tls.enabled true")
            ]
        },
        DoctorCheck("tools.exec", .security, "agents ask before they run what nobody allowed") { scene in
            guard let config = scene.config, config.string("tools.exec.security") == "full",
                config.string("tools.exec.ask") == "off"
            else { return [] }
            return [
                DoctorFinding(
                    .warning, "tools.exec", "full, and ask is off: an agent may run anything as this user, unasked",
                    fix: .set("tools.exec.ask", "on-miss"))
            ]
        },
        DoctorCheck("tools.owners", .security, "owners are named, not everybody") { scene in
            guard scene.config?.strings("commands.ownerAllowFrom")?.contains("*") == true else { return [] }
            return [
                DoctorFinding(
                    .error, "commands.ownerAllowFrom", "\"*\" makes everybody who can write to a channel an owner",
                    advice: "name the owners, for example telegram:123456789")
            ]
        },
    ]

    /// A fresh token. Its value is nowhere shown.
    static let token = DoctorFix("set gateway.auth.token to a fresh random one") { scene in
        DoctorFix.set("gateway.auth.token", "", shown: "a fresh one").difference(scene)
    } _: { (scene) throws(CommandFailure) in
        let value = Hex.encode(SecureRandom.bytes(tokenBytes))
        let fix = DoctorFix.set("gateway.auth.token", .string(value), shown: "a fresh one")
        return try await fix.apply(scene)
    }

    /// Files and directories that more than their owner may look into.
    @LoopActor
    private static func modes(_ paths: [String], _ wanted: UInt16, _ scene: DoctorScene) async -> [DoctorFinding] {
        var found: [DoctorFinding] = []
        for path in paths {
            guard let facts = await scene.facts(path), !facts.isLink, facts.mode & 0o077 != 0 else { continue }
            let mode = facts.mode & 0o700 | (wanted & 0o700)
            found.append(
                DoctorFinding(
                    facts.isOpen(toOthers: 0o2) ? .error : .warning, scene.shown(path),
                    "mode \(String(facts.mode, radix: 8)): others can \(facts.isOpen(toOthers: 0o2) ? "change" : "read") it",
                    fix: facts.owner == ProcessFacts.user ? .mode(path, mode, from: facts.mode) : nil,
                    advice: "chmod \(String(wanted, radix: 8)) \(ShellWord.quoted(path))"))
        }
        return found
    }
}
