import Platform
import Settings
import Wire

/// A way that may lead to a gateway.
struct ProbeTarget: Sendable {
    /// As the answer names it.
    let name: String
    let route: GatewayRoute
}

/// Every way that is worth a look: this profile's own, those of other profiles, and what is named.
@LoopActor
struct ProbeTargets {
    let invocation: Invocation
    let access: GatewayAccess

    init(_ invocation: Invocation, _ access: GatewayAccess) {
        self.invocation = invocation
        self.access = access
    }

    func all() async throws(CommandFailure) -> [ProbeTarget] {
        let finder = access.finder
        let own = try finder.local()
        var targets = [
            ProbeTarget(name: "the local socket", route: finder.socket), ProbeTarget(name: own.name, route: own),
        ]
        for (profile, port) in await otherPorts() where port != access.settings.port {
            guard let url = try? WebURL("ws://127.0.0.1:\(port)/") else { continue }
            // Another profile's gateway gets no secret of ours; it says who it is only if it knows this device.
            var route = GatewayRoute(.url(url))
            route.withheld = "none: it is another profile's"
            targets.append(ProbeTarget(name: "\(route.name) (\(profile))", route: route))
        }
        if let url = access.settings.remoteURL {
            let route = try finder.remote(url)
            targets.append(ProbeTarget(name: "\(route.name) (gateway.remote.url)", route: route))
        }
        if invocation["--url"] != nil, let route = try finder.routes().first {
            targets.append(ProbeTarget(name: "\(route.name) (--url)", route: route))
        }
        var seen: Set<String> = []
        return targets.filter { seen.insert($0.route.url.map { "\($0.scheme)://\($0.peer)" } ?? "socket").inserted }
    }

    /// The default ports of the default and the dev profile, and those that named profiles of this home have in their
    /// files. The default profile's files are not looked into from another one.
    private func otherPorts() async -> [(profile: String, port: UInt16)] {
        var ports: [(String, UInt16)] = []
        for profile in [Profile.default, .dev] where profile != invocation.instance.profile {
            ports.append(("\(profile)", profile.defaultPort))
        }
        let home = invocation.instance.homeDirectory
        let names = (try? await BlockingPool.shared.run { () throws(FileError) in try FileFacts.names(in: home) }) ?? []
        for name in names.sorted() where name.hasPrefix(".openclaw-") {
            let profile = String(name.dropFirst(".openclaw-".utf8.count))
            guard (try? Profile(named: profile)) != nil, profile != invocation.instance.profile.name,
                let port = await port(in: "\(home)/\(name)/\(Instance.configName)")
            else { continue }
            ports.append((profile, port))
        }
        return ports
    }

    private func port(in path: String) async -> UInt16? {
        guard let bytes = try? await FileReading.read(path, limit: Invocation.configLimit),
            let config = try? JSON5Document(bytes).value
        else { return nil }
        return config["gateway"]?["port"]?.int.flatMap { UInt16(exactly: $0) }
    }
}
