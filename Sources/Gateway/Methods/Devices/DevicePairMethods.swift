import Contract
import Platform
import Store

/// `device.pair.list`.
struct DevicePairListMethod: PromptMethod {
    static let contract = MethodContract.devicePairList
    let devices: DeviceRegistry

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(
            ("pending", .array(devices.pending.map(\.json))), ("paired", .array(devices.paired.map(\.shown))))
    }
}

/// `device.pair.approve`: nobody grants what he has not (protocol.md section 4, extra checks).
struct DevicePairApproveMethod: WaitingMethod {
    static let contract = MethodContract.devicePairApprove
    let devices: DeviceRegistry

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = try request.text("requestId", Self.contract)
        guard let pending = devices.request(id) else { throw .invalid("unknown requestId") }
        try request.client.mustHold(pending.scopes)
        guard let device = try await stored({ () async throws(StoreError) in try await devices.approve(id) }) else {
            throw .invalid("unknown requestId")
        }
        return .object(("requestId", .string(id)), ("device", device.shown))
    }
}

/// `device.pair.reject`.
struct DevicePairRejectMethod: WaitingMethod {
    static let contract = MethodContract.devicePairReject
    let devices: DeviceRegistry

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = try request.text("requestId", Self.contract)
        guard let gone = try await stored({ () async throws(StoreError) in try await devices.reject(id) }) else {
            throw .invalid("unknown requestId")
        }
        return .object(("requestId", .string(id)), ("deviceId", .string(gone.deviceID)))
    }
}

/// `device.pair.remove`.
struct DevicePairRemoveMethod: WaitingMethod {
    static let contract = MethodContract.devicePairRemove
    let devices: DeviceRegistry
    let nodes: NodeBook

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = try request.text("deviceId", Self.contract)
        try request.client.mustManage(id)
        guard devices.device(id) != nil else { throw .invalid("unknown deviceId") }
        // Whether it could be stored or not, it is gone.
        defer { devices.endSessions("device removed") { $0.deviceID == id } }
        _ = try await stored { () async throws(StoreError) in try await devices.remove(id) }
        // What it was allowed as a node goes with it: paired again, it has to be approved again.
        if nodes[id] != nil { try await nodes.remove(id) }
        return .object(("deviceId", .string(id)))
    }
}

/// `device.pair.rename`.
struct DevicePairRenameMethod: WaitingMethod {
    static let contract = MethodContract.devicePairRename
    let devices: DeviceRegistry

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = try request.text("deviceId", Self.contract)
        let name = try request.text("displayName", Self.contract, maxBytes: DeviceRegistry.nameLimit)
        try request.client.mustManage(id)
        guard try await stored({ () async throws(StoreError) in try await devices.rename(id, to: name) }) != nil else {
            throw .invalid("unknown deviceId")
        }
        return .object(("deviceId", .string(id)), ("displayName", .string(name)))
    }
}

extension MethodRequest {
    fileprivate func text(
        _ name: String, _ contract: MethodContract, maxBytes: Int = .max
    ) throws(RPCError) -> String {
        try read(contract) { (params) throws(JSONDecodingError) in try params.field(name).string(maxBytes: maxBytes) }
    }
}
