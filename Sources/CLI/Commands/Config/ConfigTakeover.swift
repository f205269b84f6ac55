import Gateway
import Platform
import Settings

/// What a running gateway makes of a file that was just changed.
enum ConfigTakeover {
    /// Everything in it is in use.
    case taken
    /// It runs, and has not taken all of it: some may need a restart, or reloading is off.
    case open
    /// None runs here.
    case noGateway

    func sentence(_ program: String) -> String {
        switch self {
        case .taken: "The running gateway has taken it over."
        case .open: "The running gateway has not taken all of it over yet; \(program) status says more."
        case .noGateway: "A gateway takes it over when it starts."
        }
    }
}

extension Invocation {
    /// How long a gateway may take: it lets a file be quiet for `gateway.reload.debounceMs` before it looks.
    private static let patience = Duration.seconds(3)
    private static let pace = Duration.milliseconds(50)

    /// Waits until this host's gateway has taken the file over, so that the command behind this one meets what was set.
    @LoopActor
    func takeover() async -> ConfigTakeover {
        let clock = surroundings.clock
        let file = ConfigFile(instance, environment: environment, schema: .product, clock: clock)
        guard let hash = try? await file.read().hash else { return .open }
        let access = await access()
        guard let client = try? await access.connect(access.finder.socket, within: .seconds(1)) else {
            return .noGateway
        }
        defer { client.close() }
        let end = clock.now + Self.patience
        while clock.now < end {
            guard let answer = try? await client.call("config.get", nil, within: Self.patience) else { return .open }
            if answer["appliedConfigHash"]?.string == hash { return .taken }
            try? await clock.sleep(for: Self.pace)
        }
        return .open
    }
}
