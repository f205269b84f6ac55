import Failover
import Settings

/// A pair of gateways: what `failover check` finds, without asking models and platforms unless the look is to be deep.
extension DoctorCheck {
    static let failover: [DoctorCheck] = [
        DoctorCheck(
            "failover.ready", .service, "this node can do its part in failover: the other nodes, git, ssh, units"
        ) {
            scene in
            // Settings that contradict each other stop the start, and are found there.
            guard let config = scene.config,
                let settings = try? FailoverSettings(config, instance: scene.instance), settings.isEnabled
            else { return [] }
            return await FailoverInspection(scene.invocation, isOffline: !scene.isDeep).findings()
        }
    ]
}
