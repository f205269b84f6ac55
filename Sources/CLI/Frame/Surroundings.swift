import Platform

/// What commands use of the world outside; tests put something else in its place.
struct Surroundings: Sendable {
    var clock: any Clock
    var runner: any ProcessRunner
    var resolver: any Resolver
    /// What opens connections to gateways, when it is not the network.
    var dial: GatewayConnector.Dial?
    /// Where the kernel tells about processes and services.
    var root: String

    @LoopActor static var real: Surroundings {
        Surroundings(
            clock: EventLoop.shared, runner: ChildProcess(), resolver: SystemResolver.shared, dial: nil, root: "")
    }
}
