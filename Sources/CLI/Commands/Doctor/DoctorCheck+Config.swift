import Gateway
import Platform
import Settings

/// The configuration itself.
extension DoctorCheck {
    static let config: [DoctorCheck] = [
        DoctorCheck("config.valid", .config, "the configuration can be used") { scene in
            guard let refusal = scene.refusal else { return [] }
            return refusal.problems.map {
                DoctorFinding(
                    .error, scene.shown(scene.instance.configPath), "\($0)",
                    advice: "\(scene.invocation.program) config validate")
            }
        },
        DoctorCheck("config.start", .config, "a gateway would start with it") { scene in
            // A wrong mode has a check of its own.
            guard let config = scene.config, config.exists, config.string("gateway.mode") == "local" else { return [] }
            do throws(ConfigRefusal) {
                _ = try GatewaySettings(config, instance: scene.instance, flags: GatewayFlags())
                return []
            } catch {
                return error.problems.map { DoctorFinding(.error, $0.path, $0.message, advice: $0.advice.first) }
            }
        },
        DoctorCheck("config.mode", .config, "gateway.mode says what this host is") { scene in
            guard let config = scene.config, config.given("gateway.mode") == nil else { return [] }
            return [
                DoctorFinding(
                    .warning, "gateway.mode", "not set, so no gateway starts", fix: .set("gateway.mode", "local"))
            ]
        },
        DoctorCheck("config.odd", .config, "nothing in it is odd") { scene in
            // What is warned of at a start and has a check of its own is not told twice.
            (scene.config?.warnings ?? []).filter { !$0.isUnserved }.map {
                DoctorFinding(
                    .warning, $0.path, $0.message,
                    advice: $0.advice.first ?? "\(scene.invocation.program) config unset \(ShellWord.quoted($0.path))")
            }
        },
        DoctorCheck("config.unserved", .config, "every setting has an effect") { scene in
            (scene.config?.warnings ?? []).filter(\.isUnserved).map {
                DoctorFinding(.note, $0.path, $0.message, advice: "nothing: it is kept for OpenClaw")
            }
        },
        DoctorCheck("config.off", .config, "every part has the values that it needs") { scene in
            (scene.config?.degraded ?? []).map {
                DoctorFinding(
                    .warning, $0.part, "stays off: \($0.reason)",
                    advice: "put the value into \(scene.shown(scene.instance.environmentFilePath))")
            }
        },
        DoctorCheck("config.older", .config, "no older install waits to be taken over") { scene in
            let home = scene.instance.homeDirectory
            guard scene.instance.profile == .default, scene.config?.exists != true else { return [] }
            return [".clawdbot/clawdbot.json", ".moltbot/moltbot.json", ".clawdbot/moltbot.json"]
                .map { "\(home)/\($0)" }.filter { FileReading.exists($0) }.map { path in
                    DoctorFinding(
                        .note, scene.shown(path),
                        "an older install lies here, and this gateway has no configuration yet",
                        advice: "\(scene.invocation.program) import")
                }
        },
    ]
}
