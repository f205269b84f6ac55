import Gateway
import Platform
import Settings
import Wire

/// Tries a gateway on another machine. Nothing is written: the key by which it gets to know this installation is kept
/// only when all is agreed.
@LoopActor
final class RemoteTrial {
    private let invocation: Invocation
    private let identity: DeviceIdentity
    private let isNew: Bool

    init(_ invocation: Invocation) throws(CommandFailure) {
        self.invocation = invocation
        do throws(ClientError) {
            let known = try DeviceIdentity.load(in: invocation.instance.stateDirectory)
            identity = known ?? DeviceIdentity(key: Ed25519.PrivateKey())
            isNew = known == nil
        } catch {
            throw error.failure(invocation.program)
        }
    }

    /// The gateway's version.
    func ask(_ url: WebURL, token: String?, password: String?) async throws(CommandFailure) -> String {
        let world = invocation.surroundings
        let connector = GatewayConnector(
            stateDirectory: invocation.instance.stateDirectory, clock: world.clock, resolver: world.resolver,
            dial: world.dial, identity: identity)
        let settings = await invocation.clientSettings()
        var route = GatewayRoute(.url(url))
        route.pin = settings.remotePin
        route.allowsPlainPrivate = settings.allowsPlainPrivate
        route.token = token.map { GatewayCredential(value: $0, source: "the answer") } ?? settings.remoteToken
        route.password = password.map { GatewayCredential(value: $0, source: "the answer") } ?? settings.remotePassword
        if token != nil { route.password = nil }
        if password != nil { route.token = nil }
        do throws(ClientError) {
            let client = try await connector.connect(route, within: invocation.timeout)
            defer { client.close() }
            return client.hello.serverVersion
        } catch {
            throw error.failure(invocation.program)
        }
    }

    func keep() throws(CommandFailure) {
        guard isNew else { return }
        do throws(ClientError) { try identity.keep(in: invocation.instance.stateDirectory) } catch {
            throw error.failure(invocation.program)
        }
    }
}
