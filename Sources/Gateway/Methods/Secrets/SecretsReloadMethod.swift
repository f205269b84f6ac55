import Contract
import Platform
import Settings

/// `secrets.reload`. Either all that could be had before is had anew, or everything stays as it was.
struct SecretsReloadMethod: WaitingMethod {
    static let contract = MethodContract.secretsReload
    let configuration: LiveConfiguration

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        do throws(ConfigRefusal) {
            let degraded = try await configuration.reloadSecrets().snapshot.degraded
            return .object(
                ("ok", true), ("warningCount", JSON(degraded.count)),
                ("degraded", .array(degraded.map { ["part": .string($0.part), "reason": .string($0.reason)] })))
        } catch {
            throw .unavailable("the secrets stay as they were: \(error)", details: ["issues": .issues(of: error)])
        }
    }
}

extension LiveConfiguration {
    /// Either all that could be had before is had anew, or everything stays as it was.
    fileprivate func reloadSecrets() async throws(ConfigRefusal) -> Outcome {
        let lost = try await lostByReload()
        guard lost.isEmpty else { throw refusal(of: lost) }
        return try await reload()
    }

    /// The same for whoever only wants to know why it did not work.
    func refreshSecrets() async -> String? {
        do throws(ConfigRefusal) {
            _ = try await reloadSecrets()
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Parts that run now and would stay off after a reload, because a value they need is gone.
    fileprivate func lostByReload() async throws(ConfigRefusal) -> [ConfigDegradation] {
        let known = Set(state.degraded.map(\.part))
        return try await loader.load().degraded.filter { !known.contains($0.part) }
    }

    fileprivate func refusal(of lost: [ConfigDegradation]) -> ConfigRefusal {
        ConfigRefusal(
            file: instance.shown(instance.configPath),
            problems: lost.map { one in
                // The reason begins with the setting.
                guard one.reason.hasPrefix(one.part), let colon = one.reason.firstIndex(of: ":") else {
                    return ConfigProblem(path: one.part, one.reason)
                }
                return ConfigProblem(
                    path: String(one.reason[..<colon]), String(one.reason[colon...].dropFirst(2)))
            })
    }
}
