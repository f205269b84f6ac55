import Contract
import Platform

/// What a client is told when it comes in, and what others then see of it (protocol.md section 3.4).
@LoopActor
final class Greeter {
    private let facts: GatewayFacts
    private let health: GatewayHealth
    private let report: HealthReport
    private let presence: Presence
    private let hub: EventHub
    /// Addresses of what a client can show.
    var surfaces: @LoopActor (Client) -> JSON? = { _ in nil }

    init(facts: GatewayFacts, health: GatewayHealth, report: HealthReport, presence: Presence, hub: EventHub) {
        self.facts = facts
        self.health = health
        self.report = report
        self.presence = presence
        self.hub = hub
        let host = facts.hostName
        presence.note(
            Presence.gatewayKey, .present,
            [
                "host": .string(host), "version": .string(facts.version), "platform": .string(facts.platform),
                "mode": "gateway", "reason": "self",
                "text": .string("Gateway: \(host) · app \(facts.version) · mode gateway · reason self"),
            ])
    }

    /// Nobody is let in before the gateway can serve.
    var refusalWhileStarting: ConnectRefusal? {
        guard case .starting(let pending) = health.phase else { return nil }
        let error = RPCError(
            .unavailable, "gateway starting; retry shortly",
            details: [
                "reason": "startup-sidecars", "uptimeMs": .int(health.uptimeMilliseconds),
                "pendingReason": .string(pending),
            ],
            retryAfter: .milliseconds(500))
        return ConnectRefusal(error, close: .starting)
    }

    func hello(_ client: Client, _ router: MethodRouter) -> JSON {
        let isNewer = client.generation >= 4
        var server: JSON = ["version": .string(facts.version), "connId": .string(client.id)]
        if !isNewer { server["host"] = .string(facts.hostName) }
        var auth: JSON = [
            "role": .string(client.role.rawValue), "scopes": .array(client.scopes.words.map { .string($0) }),
        ]
        if let issued = client.admission.issued {
            auth["deviceToken"] = .string(issued.token)
            auth["issuedAtMs"] = .int(issued.issuedAt.milliseconds)
        }
        var hello: JSON = [
            "type": "hello-ok", "protocol": JSON(client.generation), "server": server,
            "features": [
                "methods": .array(router.advertised.map { .string($0) }),
                "events": .array(EventContract.all.map { .string($0.name) }),
            ],
            "snapshot": snapshot(client), "auth": auth, "policy": Self.policy,
        ]
        if let surfaces = surfaces(client) {
            hello["pluginSurfaceUrls"] = surfaces
            if !isNewer { hello["canvasHostUrl"] = surfaces["canvas"] }
        }
        return hello
    }

    private func snapshot(_ client: Client) -> JSON {
        var snapshot: JSON = [
            "presence": presence.json, "health": report.currentJSON(), "stateVersion": hub.stateVersion.json,
            "uptimeMs": .int(health.uptimeMilliseconds),
            "sessionDefaults": [
                "defaultAgentId": .string(facts.defaultAgentID), "mainKey": "main",
                "mainSessionKey": .string("agent:\(facts.defaultAgentID):main"), "scope": "per-sender",
            ],
        ]
        if client.granted.includes(.admin) {
            snapshot["configPath"] = .string(facts.configPath)
            snapshot["stateDir"] = .string(facts.stateDirectory)
            snapshot["authMode"] = .string(facts.authMode)
        }
        return snapshot
    }

    private static let policy: JSON = [
        "maxPayload": JSON(WireFacts.frameBytes), "maxBufferedBytes": JSON(FrontDesk.bufferLimit),
        "tickIntervalMs": .int(WireFacts.tickInterval.inNanoseconds / 1_000_000),
        "attachments": [
            "maxBytes": JSON(WireFacts.attachmentBytes), "maxImageBytes": JSON(WireFacts.imageBytes),
        ],
    ]

    func entered(_ client: Client) {
        guard client.isSeen else { return }
        presence.note(client.presenceKey, .present, client.presenceEntry)
        hub.presenceChanged()
    }

    func left(_ client: Client) {
        guard client.isSeen else { return }
        let key = client.presenceKey
        guard !hub.clients.contains(where: { $0.presenceKey == key }) else { return }
        presence.leave(key, reason: "disconnect")
        hub.presenceChanged()
        hub.broadcast(.presence, ["presence": presence.json], withStateVersion: true)
    }
}

extension Client {
    /// Commands and probes come and go, and are not presence.
    fileprivate var isSeen: Bool { !["cli", "probe"].contains(params.client.mode) }

    var presenceEntry: JSON {
        let it = params.client
        func said(_ text: String) -> JSON { .string(text.cut(to: Presence.textBytes)) }
        var entry: JSON = [
            "host": said(it.displayName ?? it.id), "version": said(it.version), "platform": said(it.platform),
            "mode": .string(it.mode), "reason": "connect", "roles": [.string(role.rawValue)],
            "scopes": .array(scopes.words.map { .string($0) }),
        ]
        entry["ip"] = origin.address.map { .string($0.hostText) }
        entry["deviceFamily"] = it.deviceFamily.map(said)
        entry["modelIdentifier"] = it.modelIdentifier.map(said)
        entry["deviceId"] = deviceID.map { .string($0) }
        entry["instanceId"] = it.instanceID.map(said)
        return entry
    }
}

extension SocketAddress {
    /// Without the port.
    var hostText: String {
        switch self {
        case .v4(let address, _): address.description
        case .v6(let address, _, _): address.mapped?.description ?? address.description
        case .unix(let path): path
        }
    }
}
