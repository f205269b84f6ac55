import Platform
import Settings

/// Which configuration a gateway starts with: the file's, or the last good one when a change that took a restart has
/// failed. The file itself is never touched.
@LoopActor
struct ConfigOpening {
    /// What holds in the place of the file, and why.
    struct Fallback: Hashable, Sendable {
        /// When the configuration in use was last known to be good.
        let time: WallTime
        let reason: String
        /// Settings that the file gives another value.
        let keys: [String]
        /// Of the files that failed.
        let failed: String?
    }

    let snapshot: ConfigSnapshot
    let settings: GatewaySettings
    /// What is remembered of the change under trial, or of the one that failed.
    private(set) var probation: ConfigProbation?
    private(set) var fallback: Fallback?

    private typealias Opened = (snapshot: ConfigSnapshot, settings: GatewaySettings)

    init(_ instance: Instance, environment: Environment, flags: GatewayFlags) async throws(ConfigRefusal) {
        let loader = ConfigLoader(instance, environment: environment, schema: .product)
        var file: Result<Opened, ConfigRefusal>
        do throws(ConfigRefusal) {
            file = .success(try Self.opened(try await loader.load(), instance, flags))
        } catch {
            file = .failure(error)
        }
        let record = await ConfigProbation.read(instance)
        let good = record == nil ? nil : await LastGoodConfig.read(instance)
        switch ConfigProbation.decide(
            record, file: file.map { $0.snapshot.fingerprint }, hasLastGood: good != nil)
        {
        case .lastGood(let reason):
            guard let good, let record,
                let opened = try? Self.opened(try await good.load(loader), instance, flags)
            else { break }
            (snapshot, settings) = opened
            let written = try? file.get().snapshot
            let keys = written.map { ReloadPlan(from: opened.snapshot, to: $0).changes.map(\.path) } ?? record.keys
            fallback = Fallback(time: good.time, reason: reason, keys: keys, failed: written?.fingerprint)
            probation = record
            return
        case .trial: probation = record
        case .asWritten: break
        }
        (snapshot, settings) = try file.get()
    }

    private static func opened(
        _ snapshot: ConfigSnapshot, _ instance: Instance, _ flags: GatewayFlags
    ) throws(ConfigRefusal) -> Opened {
        (snapshot, try GatewaySettings(snapshot, instance: instance, flags: flags))
    }
}

extension ConfigOpening.Fallback {
    /// As people are told.
    func text(_ path: String) -> String {
        let differing = keys.isEmpty ? "" : "; it differs in \(keys.joined(separator: ", "))"
        return "running on the configuration of \(CalendarDate(time).text()); \(path) failed readiness: \(reason)"
            + differing
    }
}
