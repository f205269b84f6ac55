import Gateway
import Platform
import Settings
import Supervision

/// What the checks look at, read once.
@LoopActor
struct DoctorScene {
    let invocation: Invocation
    /// The configuration with the values of variables and secrets; nil where it cannot be used.
    let config: ConfigSnapshot?
    let refusal: ConfigRefusal?
    let settings: ClientSettings
    private let serviceLook: ServiceLook
    /// Other profiles whose directories lie beside this one's.
    let others: [DoctorProfile]

    var instance: Instance { invocation.instance }
    var now: WallTime { invocation.surroundings.clock.wall }
    var isDeep: Bool { invocation.has("--deep") }

    init(_ invocation: Invocation) async {
        self.invocation = invocation
        do throws(ConfigRefusal) {
            config = try await invocation.configLoader.load(.all)
            refusal = nil
        } catch {
            config = nil
            refusal = error
        }
        settings = await invocation.clientSettings()
        serviceLook = ServiceLook(ServiceDesk(invocation))
        others = await DoctorProfile.beside(invocation)
    }

    /// This profile's service; its manager is asked once, by the first who wants to know.
    func service() async -> (place: ServicePlace, state: ServiceState) { await serviceLook.found() }

    func shown(_ path: String) -> String { instance.shown(path) }

    /// Nil when nothing is there, or it may not be looked at.
    func facts(_ path: String) async -> FileFacts? {
        await BlockingPool.shared.run { (try? FileFacts.of(path, followLinks: false)) ?? nil }
    }

    func names(_ directory: String) async -> [String] {
        await BlockingPool.shared.run { ((try? FileFacts.names(in: directory)) ?? []).sorted() }
    }
}

/// A service, looked at once.
@LoopActor
private final class ServiceLook {
    private let desk: ServiceDesk
    private var answer: (place: ServicePlace, state: ServiceState)?

    init(_ desk: ServiceDesk) { self.desk = desk }

    func found() async -> (place: ServicePlace, state: ServiceState) {
        if let answer { return answer }
        let found = await desk.found()
        answer = found
        return found
    }
}

/// Another gateway of this user.
struct DoctorProfile: Sendable {
    let instance: Instance
    let port: UInt16
    /// Secrets that no two gateways may share, by the setting they are in: only their digests are kept.
    let digests: [String: [UInt8]]

    /// The settings that mean one account of a platform.
    private static let tokenNames = ["botToken", "token", "appToken", "accessToken", "password"]

    @LoopActor
    static func beside(_ invocation: Invocation) async -> [DoctorProfile] {
        var found: [DoctorProfile] = []
        for instance in await invocation.knownInstances()
        where instance.stateDirectory != invocation.instance.stateDirectory && FileReading.exists(instance.configPath) {
            guard let snapshot = try? await invocation.of(instance).configLoader.load(.none) else { continue }
            let port = snapshot.integer("gateway.port").flatMap { UInt16(exactly: $0) } ?? instance.port
            found.append(DoctorProfile(instance: instance, port: port, digests: digests(snapshot.resolved["channels"])))
        }
        return found
    }

    /// Digests of every token of a channel.
    static func digests(_ channels: JSON?) -> [String: [UInt8]] {
        var all: [String: [UInt8]] = [:]
        func walk(_ value: JSON, _ path: String, _ depth: Int) {
            guard depth < 6, let members = value.object?.members else { return }
            for member in members {
                let (key, value) = (member.key, member.value)
                if let text = value.string, tokenNames.contains(key), !text.isEmpty, !text.hasPrefix("${") {
                    all["\(path).\(key)"] = SHA256.hash(Array(text.utf8))
                } else {
                    walk(value, "\(path).\(key)", depth + 1)
                }
            }
        }
        if let channels { walk(channels, "channels", 0) }
        return all
    }
}
