import Agents
import Gateway
import Platform
import Settings

/// Keys of model providers, from the `auth-profiles.json` of each agent into `auth.profiles` of the configuration.
struct KeyImport: Sendable {
    private static let keyBytes = 16 << 10

    /// A profile that can be taken.
    private struct Profile: Sendable {
        let id: String
        let provider: String
        let mode: String
        /// The key, or where it comes from.
        let key: JSON
        let name: String
    }

    let source: SafeDirectory

    @LoopActor
    func run(_ invocation: Invocation, isTrial: Bool) async throws(CommandFailure) -> ImportTally {
        let (read, profiles) = await BlockingPool.shared.run { self.read(invocation.instance) }
        guard !profiles.isEmpty else { return read }
        var tally = read
        let make: @LoopActor (ConfigSnapshot) -> [ConfigEdit] = { before in
            // The file may have changed under the first try.
            tally = read
            var edits: [ConfigEdit] = []
            for profile in profiles {
                let place = JSONPointer(["auth", "profiles", profile.id])
                let present = before.parsed[place.appending("key")]
                guard present == nil else {
                    let isSame = present == profile.key
                    tally.count(isSame ? .known : .left("the configuration has another key of this name"), profile.name)
                    continue
                }
                edits += [
                    .set(place.appending("provider"), .string(profile.provider)),
                    .set(place.appending("mode"), .string(profile.mode)), .set(place.appending("key"), profile.key),
                ]
                tally.count(.taken, profile.name)
            }
            return edits
        }
        if isTrial {
            _ = make(try await invocation.configuration())
        } else {
            try await invocation.editConfig { before in make(before) }
        }
        return tally
    }

    /// The first agent's key of a name counts, `main` before all others.
    private func read(_ instance: Instance) -> (ImportTally, [Profile]) {
        var tally = ImportTally("keys")
        var profiles: [String: Profile] = [:]
        let names = ((try? FileFacts.names(in: source.path + "/agents")) ?? []).filter(AgentID.allows)
        let isOwn = isSources(instance.configPath)
        for agent in names.filter({ $0 == "main" }) + names.filter({ $0 != "main" }).sorted() {
            let path = "agents/\(agent)/agent/auth-profiles.json"
            guard let file = ForeignJSON.object(path, in: source, &tally) else { continue }
            for member in file["profiles"]?.object?.members ?? [] {
                let name = "\(agent): \(member.key)"
                switch Self.profile(member.key, member.value, name) {
                case .failure(let refusal): tally.leave(name, refusal.reason)
                case .success(let profile):
                    if isOwn {
                        tally.leave(
                            name,
                            "its key would go into \(instance.shown(instance.configPath)), a file of the source; "
                                + "add it with: models auth add \(profile.provider)")
                    } else if let other = profiles[profile.id] {
                        if other.key != profile.key { tally.leave(name, "another agent's key of this name was taken") }
                    } else {
                        profiles[profile.id] = profile
                    }
                }
            }
        }
        return (tally, profiles.values.sorted { $0.id < $1.id })
    }

    /// Whether the file lies in the source, which is not to be changed.
    private func isSources(_ path: String) -> Bool {
        guard let root = FileFacts.realPath(source.path) else { return false }
        return path.hasPrefix(source.path + "/") || (FileFacts.realPath(path) ?? path).hasPrefix(root + "/")
    }

    private struct Refusal: Error { let reason: String }

    private static func profile(_ id: String, _ json: JSON, _ name: String) -> Result<Profile, Refusal> {
        func refused(_ reason: String) -> Result<Profile, Refusal> { .failure(Refusal(reason: reason)) }
        guard let provider = json["provider"]?.string?.lowercased(), !provider.isEmpty, provider == provider.shown,
            !id.isEmpty, id == id.shown, id.utf8.count <= 128
        else { return refused("it names no provider") }
        let type = json["type"]?.string ?? ""
        guard type == "api_key" || type == "token" else {
            return refused(
                type == "oauth" ? "the sign-in of an account, which is not renewed here" : "its kind is not known here")
        }
        if type == "token", json["expires"]?.int != nil {
            return refused("a token that runs out and is not renewed here")
        }
        let word = type == "token" ? "token" : "key"
        if let reference = json["\(word)Ref"], !reference.isNull {
            guard (try? SecretRef(reference)) != nil else {
                return refused("where its key comes from is not known here")
            }
            return .success(Profile(id: id, provider: provider, mode: type, key: reference, name: name))
        }
        guard let key = json[word]?.string, !key.isEmpty, key.utf8.count <= keyBytes, key == key.shown else {
            return refused("it has no key")
        }
        return .success(Profile(id: id, provider: provider, mode: type, key: .string(key), name: name))
    }
}
