import Platform
import Settings

/// Keeps in the state directory what a later start may need: the last good configuration, and that a change waits for
/// a restart. Neither is worth failing for.
@LoopActor
struct ConfigKeeping {
    private let instance: Instance

    init(_ instance: Instance) { self.instance = instance }

    func keep(_ state: ConfigStanding, at time: WallTime) async {
        // The last one that could be read, whatever has become of the file since.
        guard state.isProven, let file = state.file else { return }
        if state.pending.isEmpty {
            try? await LastGoodConfig(file, at: time)?.save(instance)
            try? await ConfigProbation.remove(instance)
        } else {
            let record = ConfigProbation(
                stage: .waiting, candidate: file.fingerprint ?? "", keys: state.pending,
                since: state.pendingSince ?? time, reason: nil)
            try? await record.save(instance)
        }
    }
}
