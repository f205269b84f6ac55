import Contract
import Platform

/// What a node says of itself: who it is, and what it offers. Claims, all of it, until an operator approves them.
struct NodeFacts: Sendable, Equatable {
    var displayName: String?
    var platform: String?
    var version: String?
    var coreVersion: String?
    var uiVersion: String?
    var deviceFamily: String?
    var modelIdentifier: String?
    var remoteIP: String?
    var caps: [String] = []
    var commands: [String] = []
    var permissions: [String: Bool] = [:]

    var kind: NodePlatform { NodePlatform(platform: platform, deviceFamily: deviceFamily) }

    /// The members of a node's entry on the wire. What is absent is left out.
    var json: JSON {
        var json: JSON = ["caps": Self.list(caps), "commands": Self.list(commands)]
        json["displayName"] = displayName.map { .string($0) }
        json["platform"] = platform.map { .string($0) }
        json["version"] = version.map { .string($0) }
        json["coreVersion"] = coreVersion.map { .string($0) }
        json["uiVersion"] = uiVersion.map { .string($0) }
        json["deviceFamily"] = deviceFamily.map { .string($0) }
        json["modelIdentifier"] = modelIdentifier.map { .string($0) }
        json["remoteIp"] = remoteIP.map { .string($0) }
        if !permissions.isEmpty {
            let sorted = permissions.sorted { $0.key < $1.key }
            json["permissions"] = .object(JSONObject(sorted.map { ($0.key, .bool($0.value)) }))
        }
        return json
    }

    static func list(_ words: [String]) -> JSON { .array(words.map { .string($0) }) }
}

extension NodeFacts {
    init(_ json: JSON) {
        displayName = json["displayName"]?.string
        platform = json["platform"]?.string
        version = json["version"]?.string
        coreVersion = json["coreVersion"]?.string
        uiVersion = json["uiVersion"]?.string
        deviceFamily = json["deviceFamily"]?.string
        modelIdentifier = json["modelIdentifier"]?.string
        remoteIP = json["remoteIp"]?.string
        caps = json["caps"]?.array?.compactMap(\.string) ?? []
        commands = json["commands"]?.array?.compactMap(\.string) ?? []
        for member in json["permissions"]?.object?.members ?? [] { permissions[member.key] = member.value.bool }
    }

    /// What a node that connects declares.
    @LoopActor
    init(_ client: Client) {
        let it = client.params.client
        displayName = it.displayName
        platform = it.platform
        version = it.version
        deviceFamily = it.deviceFamily
        modelIdentifier = it.modelIdentifier
        remoteIP = client.origin.address?.hostText
        caps = client.params.caps
        commands = client.params.commands
        permissions = client.params.permissions
    }
}

extension Client {
    /// The name of the node at the other end: its device, which it has proven, else this connection alone. What a node
    /// merely says of itself names nobody.
    var nodeID: String { deviceID ?? id }
}
