/// Which channels this node may use now.
enum ChannelRelease: Equatable, Sendable {
    case all
    case only(Set<String>)
    /// With the reason.
    case none(String)

    /// A standby's, when it acts: those that are listed, or all where none is.
    init(listed: [String]) { self = listed.isEmpty ? .all : .only(Set(listed.map { $0.lowercased() })) }

    func includes(_ channel: String) -> Bool {
        switch self {
        case .all: true
        case .only(let names): names.contains(channel)
        case .none: false
        }
    }

    /// Why a channel is not used.
    func reason(_ channel: String) -> String? {
        switch self {
        case .none(let reason): reason
        case .only where !includes(channel): "not one of failover.channels"
        case .all, .only: nil
        }
    }
}
