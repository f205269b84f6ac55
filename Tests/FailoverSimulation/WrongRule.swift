/// A rule that is known to be wrong, to show that the simulator notices. Each is made of rules and of a driver that does
/// not do its part; nothing in the machine knows of them.
package enum WrongRule: String, CaseIterable, Sendable {
    /// One failed probe is enough, however young.
    case thresholdOne = "threshold-one"
    /// No witness is asked.
    case noWitness = "no-witness"
    /// The driver says that a witness answers, also where none does.
    case actsIsolated = "acts-isolated"
    /// The first answer of the node above ends the takeover.
    case firstSuccess = "first-success"
    /// A node that starts again knows nothing.
    case forgets
    /// Two standbys of one rank, neither of which watches the other.
    case equalPriority = "equal-priority"
    /// No lease is asked for where the channels are shared.
    case noLease = "no-lease"
    /// It never takes over.
    case neverActs = "never-acts"
    /// Switches are not counted.
    case flaps
}
