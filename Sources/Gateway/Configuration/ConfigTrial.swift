import Platform
import Settings

/// Watches over the first minute of a gateway that a changed configuration was started with.
@LoopActor
final class ConfigTrial {
    private let instance: Instance
    private let clock: any Clock
    private let log: Log
    private let fallback: ConfigOpening.Fallback?
    private var record: ConfigProbation?
    private let fingerprint: String?
    private var timer: LoopTimer?
    private var isReady = false
    private(set) var hasFailed = false
    /// Told when the configuration has proven itself.
    var onProof: @LoopActor () -> Void = {}
    /// Told when the gateway did not become ready in time, and why.
    var onFailure: @LoopActor (String) -> Void = { _ in }

    init(_ opening: ConfigOpening, _ instance: Instance, clock: any Clock, log: Log) {
        self.instance = instance
        self.clock = clock
        self.log = log
        fallback = opening.fallback
        record = opening.probation
        fingerprint = opening.snapshot.fingerprint
        timer = clock.makeTimer { [weak self] in self?.timeIsUp() }
    }

    /// To be called once the state directory is this process's own.
    func begin() async {
        guard var record else { return }
        if let fallback {
            record.stage = .failed
            record.reason = fallback.reason
        } else {
            record.stage = .trial
            record.candidate = fingerprint ?? ""
            record.since = clock.wall
            record.reason = nil
            timer?.arm(at: clock.now + ConfigProbation.time)
        }
        self.record = record
        await save(record)
    }

    /// The gateway answers and all of it is up.
    func ready() {
        isReady = true
        if record == nil { onProof() }
    }

    /// The gateway cannot start; the next start is to know why.
    func failed(_ reason: String) async {
        guard fallback == nil, var record, record.stage == .trial else { return }
        record.reason = reason
        hasFailed = true
        self.record = record
        timer?.cancel()
        await save(record)
    }

    /// Somebody ended the gateway: nothing is proven, and nothing refuted.
    func stopped() async {
        timer?.cancel()
        guard fallback == nil, var record, record.stage == .trial, isReady else { return }
        record.stage = .waiting
        await save(record)
    }

    private func timeIsUp() {
        guard isReady else {
            let reason = "not ready after \(ConfigProbation.time.components.seconds) s"
            startTask { [self] in
                await failed(reason)
                onFailure(reason)
            }
            return
        }
        record = nil
        onProof()
    }

    private func save(_ record: ConfigProbation) async {
        do throws(FileError) { try await record.save(instance) } catch {
            log.warn("the changed configuration runs without a way back", ["reason": LogValue(error)])
        }
    }
}
