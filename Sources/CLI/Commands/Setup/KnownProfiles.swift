import Platform
import Settings
import Supervision

extension Invocation {
    /// The gateways of this user that were set up or ran, this profile's own among them wherever it lives.
    @LoopActor
    func knownInstances() async -> [Instance] {
        let services = await ServiceScan(ServiceDesk(self).host).files().map(\.environment)
        return await BlockingPool.shared.run { [instance] in
            var all = ProfileHomes.all(in: instance.homeDirectory, services: services)
            // Of its own places this command knows best.
            if let own = all.firstIndex(where: { $0.stateDirectory == instance.stateDirectory }) {
                all[own] = instance
            } else {
                all.append(instance)
            }
            return all.filter { FilePresence.exists($0.configPath) || FilePresence.exists($0.lockPath) }
        }
    }

    /// The same command for another gateway of this user.
    func of(_ instance: Instance) -> Invocation {
        // Variables that lead to one gateway's files are not the others'.
        let variables = environment.all.filter { !$0.key.hasPrefix("OPENCLAW_") }
        return Invocation(
            command: command, instance: instance, arguments: [], values: [:], switches: [],
            environment: Environment(variables), output: output, surroundings: surroundings)
    }
}
