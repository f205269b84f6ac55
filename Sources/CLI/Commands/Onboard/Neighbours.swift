import Gateway
import Platform
import Settings

/// Another gateway of this user: what of it this one must keep away from.
struct Neighbour: Sendable {
    let instance: Instance
    let ports: PortPlan
    /// Secrets written in its file, by their setting: only digests are kept.
    let secrets: [String: [UInt8]]
    /// As its file has it: which model it uses, and how it reaches the provider.
    let model: String?
    let providers: JSON?

    var name: String { "\(instance.profile)" }
}

/// The other gateways of this host, as far as this user has set them up.
@LoopActor
struct Neighbours {
    let all: [Neighbour]
    private let own: Instance

    init(_ own: Instance, _ all: [Neighbour]) {
        self.own = own
        self.all = all
    }

    init(beside invocation: Invocation) async {
        own = invocation.instance
        var found: [Neighbour] = []
        for other in await DoctorProfile.beside(invocation) {
            let instance = other.instance
            guard
                let file = try? await ConfigLoader(
                    instance, environment: ["HOME": instance.homeDirectory], schema: .product
                ).load(.none)
            else { continue }
            let config = file.config
            found.append(
                Neighbour(
                    instance: instance, ports: PortPlan(base: other.port), secrets: Self.digests(config),
                    model: config["agents"]?["defaults"]?["model"].flatMap { $0.string ?? $0["primary"]?.string },
                    providers: config["models"]?["providers"]))
        }
        all = found
    }

    var main: Neighbour? { all.first { $0.instance.profile == .default } }

    // MARK: Secrets

    /// What lets people or a platform in, and so belongs to one gateway only. A provider's key may be shared.
    private static func digests(_ config: JSON) -> [String: [UInt8]] {
        var all = DoctorProfile.digests(config["channels"])
        for name in ["token", "password"] {
            guard let text = config["gateway"]?["auth"]?[name]?.string, !text.isEmpty, !text.hasPrefix("${") else {
                continue
            }
            all["gateway.auth.\(name)"] = SHA256.hash(Array(text.utf8))
        }
        return all
    }

    /// Whose secret it is already, and which.
    func user(of secret: String) -> (profile: String, setting: String)? {
        let digest = SHA256.hash(Array(secret.utf8))
        for one in all {
            if let setting = one.secrets.filter({ $0.value == digest }).keys.min() { return (one.name, setting) }
        }
        return nil
    }

    // MARK: Ports

    /// Base ports that are kept away from, with whose they are: those of the others, and the default one's even while
    /// nobody has set it up.
    private var taken: [(name: String, plan: PortPlan)] {
        var taken = all.map { ($0.name, $0.ports) }
        for profile in [Profile.default, .dev]
        where own.profile != profile && !all.contains(where: { $0.instance.profile == profile }) {
            taken.append(("\(profile)", PortPlan(base: profile.defaultPort)))
        }
        return taken
    }

    /// Why another gateway is in the way of this one at `port`; nil when none is.
    func conflict(_ port: UInt16) -> (name: String, port: UInt16)? {
        taken.first { PortPlan(base: port).conflict(with: $0.plan) != nil }.map { ($0.name, $0.plan.base) }
    }

    /// Base ports in the order in which they are proposed: the profile's own, then a thousand higher each, then any.
    private var candidates: [UInt16] {
        let first = own.profile.defaultPort
        return stride(from: Int(first), through: 60_000, by: 1000).map { UInt16($0) }
    }

    /// A base port at which nothing is in the way: no other gateway, and nobody who listens. `isFree` tries one.
    func proposal(isFree: (PortPlan) -> Bool) -> UInt16? {
        for port in candidates where conflict(port) == nil && isFree(PortPlan(base: port)) { return port }
        var next = PortPlan.free(from: own.profile.defaultPort, beside: taken.map(\.plan))
        while let port = next {
            if isFree(PortPlan(base: port)) { return port }
            next = port == .max ? nil : PortPlan.free(from: port + 1, beside: taken.map(\.plan))
        }
        return nil
    }
}

/// Whether ports can be listened on, found out by doing it.
@LoopActor
enum PortTrial {
    /// The first port of the plan on which somebody listens.
    static func taken(_ plan: PortPlan) -> UInt16? {
        var ports = [plan.base, plan.control, plan.metrics].compactMap { $0 }
        if let browser = plan.browser { ports += browser }
        return ports.first { !isFree($0) }
    }

    static func isFree(_ port: UInt16) -> Bool {
        guard let listener = try? Listener(.v4(address: .loopback, port: port), isPaused: true, onAccept: { _ in })
        else { return false }
        listener.close()
        return true
    }
}
