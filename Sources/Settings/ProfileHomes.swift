import Platform

/// The gateways of one user on a host, by where they live.
package enum ProfileHomes {
    /// Every home in `home` that bears a profile's name, and those that `services`, the variables of installed ones, put
    /// elsewhere. Whether a gateway was ever set up there is not asked. Blocks.
    package static func all(in home: String, services: [[String: String]] = []) -> [Instance] {
        let names = ((try? FileFacts.names(in: home)) ?? []).sorted()
        var found: [Instance] = names.filter { $0 == folder || $0.hasPrefix(folder + "-") }.compactMap { name in
            // What lies there under such a name, put aside perhaps, is no profile.
            instance(name == folder ? "default" : String(name.dropFirst(folder.utf8.count + 1)), ["HOME": home])
        }
        for service in services {
            var variables = service.filter { $0.key.hasPrefix("OPENCLAW_") }
            variables["HOME"] = home
            guard let one = instance(service["OPENCLAW_PROFILE"] ?? "default", Environment(variables)),
                !found.contains(where: { $0.stateDirectory == one.stateDirectory })
            else { continue }
            found.append(one)
        }
        return found
    }

    private static let folder = ".openclaw"

    private static func instance(_ profile: String, _ environment: Environment) -> Instance? {
        var flags = Instance.Flags()
        flags.profile = profile
        return try? Instance(flags: flags, environment: environment)
    }
}
