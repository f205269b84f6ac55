import Contract
import Platform
import Store

/// Which devices may come in, as what, and which wait for it. Decisions are made from memory; every change is stored
/// before it is answered for.
@LoopActor
final class DeviceRegistry {
    /// Requests that may wait at once; the oldest gives way.
    static let requestLimit = 64
    static let requestLifetime = Duration.seconds(3600)
    /// Devices that may be paired.
    static let deviceLimit = 1024
    static let nameLimit = 128

    let clock: any Clock
    let hub: EventHub
    private let log: Log
    private var storage: (any DeviceStoring)?
    private var devices: [String: PairedDevice] = [:]
    private var requests: [String: PairingRequest] = [:]

    init(hub: EventHub, clock: any Clock, log: Log) {
        self.hub = hub
        self.clock = clock
        self.log = log
    }

    /// Takes up what was kept. Nobody is let in before that.
    func open(_ storage: any DeviceStoring) async throws(StoreError) {
        let kept = try await storage.load()
        self.storage = storage
        for device in kept.devices { devices[device.id] = device }
        for request in kept.requests { requests[request.id] = request }
        for request in forgetOld() { try await storage.apply([.requestRemoved(request)]) }
    }

    // MARK: Asking

    func device(_ id: String) -> PairedDevice? { devices[id] }

    /// Newest first.
    var paired: [PairedDevice] { devices.values.sorted { ($0.approvedAt, $0.id) > ($1.approvedAt, $1.id) } }

    /// Newest first.
    var pending: [PairingRequest] {
        _ = forgetOld()
        return requests.values.sorted { ($0.askedAt, $0.id) > ($1.askedAt, $1.id) }
    }

    func request(_ id: String) -> PairingRequest? {
        _ = forgetOld()
        return requests[id]
    }

    // MARK: Pairing

    /// Notes that the device waits. Asking the same again is the same request; asking for something else replaces it.
    func ask(
        _ device: DeviceProof, _ facts: DeviceFacts, role: Role, scopes: Set<Scope>
    ) async throws(StoreError) -> PairingRequest {
        var gone = forgetOld()
        if let known = requests.values.first(where: { $0.deviceID == device.id && $0.role == role }) {
            if known.scopes == scopes { return known }
            requests[known.id] = nil
            gone.append(known.id)
        }
        if requests.count >= Self.requestLimit, let oldest = requests.values.min(by: { $0.askedAt < $1.askedAt }) {
            requests[oldest.id] = nil
            gone.append(oldest.id)
        }
        let request = PairingRequest(
            id: UUIDText.random(), deviceID: device.id, publicKey: device.publicKey, facts: facts, role: role,
            scopes: scopes, isRepair: devices[device.id] != nil, askedAt: clock.wall)
        requests[request.id] = request
        hub.broadcast(.devicePairRequested, request.json)
        log.info(
            "a device asks to be paired",
            [
                "device": .text(request.deviceID), "request": .text(request.id), "role": .text(role.rawValue),
                "scopes": .text(scopes.words.joined(separator: ",")),
            ])
        try await store([.request(request)] + gone.map(DeviceChange.requestRemoved))
        return request
    }

    /// Lets the device in that made the request; nil when there is no such request.
    func approve(_ id: String) async throws(StoreError) -> PairedDevice? {
        guard let request = request(id) else { return nil }
        requests[id] = nil
        let device: PairedDevice
        do throws(StoreError) {
            device = try await pair(
                request.deviceID, request.publicKey, request.facts, role: request.role, scopes: request.scopes,
                also: [.requestRemoved(id)])
        } catch {
            requests[id] = request
            throw error
        }
        resolved(id, request.deviceID, "approved")
        return device
    }

    /// Lets the device in without asking anybody: whoever may do that has checked the conditions.
    func pairSilently(
        _ device: DeviceProof, _ facts: DeviceFacts, role: Role, scopes: Set<Scope>
    ) async throws(StoreError) -> PairedDevice {
        let waiting = requests.values.first { $0.deviceID == device.id && $0.role == role }?.id
        if let waiting { requests[waiting] = nil }
        let paired = try await pair(
            device.id, device.publicKey, facts, role: role, scopes: scopes,
            also: waiting.map { [DeviceChange.requestRemoved($0)] } ?? [])
        resolved(waiting ?? UUIDText.random(), device.id, "approved")
        return paired
    }

    /// Nil when there is no such request.
    func reject(_ id: String) async throws(StoreError) -> PairingRequest? {
        guard let request = request(id) else { return nil }
        requests[id] = nil
        resolved(id, request.deviceID, "rejected")
        try await store([.requestRemoved(id)])
        return request
    }

    /// Returns whether there was one.
    func remove(_ id: String) async throws(StoreError) -> Bool {
        guard devices.removeValue(forKey: id) != nil else { return false }
        let waiting = requests.values.filter { $0.deviceID == id }.map(\.id)
        for request in waiting { requests[request] = nil }
        try await store([.deviceRemoved(id)] + waiting.map(DeviceChange.requestRemoved))
        return true
    }

    private func pair(
        _ id: String, _ publicKey: String, _ facts: DeviceFacts, role: Role, scopes: Set<Scope>,
        also changes: [DeviceChange]
    ) async throws(StoreError) -> PairedDevice {
        let now = clock.wall
        guard devices[id] != nil || devices.count < Self.deviceLimit else {
            throw .rejected("\(Self.deviceLimit) devices are paired already; remove one (openclaw devices remove)")
        }
        var device =
            devices[id]
            ?? PairedDevice(
                id: id, publicKey: publicKey, facts: facts, roles: [], scopes: [], createdAt: now, approvedAt: now)
        let name = device.facts.displayName
        device.facts = facts
        device.facts.displayName = name ?? facts.displayName
        device.roles.insert(role)
        device.approvedAt = now
        if role == .operator {
            device.scopes.formUnion(scopes)
            device.tokens[role]?.scopes = device.scopes
        }
        try await keep(device, also: changes)
        return device
    }

    private func resolved(_ request: String, _ device: String, _ decision: String) {
        log.info("pairing was \(decision)", ["device": .text(device), "request": .text(request)])
        hub.broadcast(
            .devicePairResolved,
            [
                "requestId": .string(request), "deviceId": .string(device), "decision": .string(decision),
                "ts": .int(clock.wall.milliseconds),
            ])
    }

    // MARK: Keeping

    /// Changes the record. When it cannot be stored, it is as it was, unless it changed once more meanwhile.
    func keep(_ device: PairedDevice, also changes: [DeviceChange] = []) async throws(StoreError) {
        let old = devices.updateValue(device, forKey: device.id)
        do throws(StoreError) {
            try await store([.device(device)] + changes)
        } catch {
            if devices[device.id] == device { devices[device.id] = old }
            throw error
        }
    }

    /// Changes the record at once and for good; what takes something away is not undone by a full disk.
    func enforce(_ device: PairedDevice) async throws(StoreError) {
        devices[device.id] = device
        try await store([.device(device)])
    }

    /// Changes the record and stores it when there is time: nothing hangs on it.
    func note(_ device: PairedDevice) {
        devices[device.id] = device
        startTask { [self] in
            // As it is by then: a revocation may have come between.
            guard let current = devices[device.id] else { return }
            do throws(StoreError) {
                try await store([.device(current)])
            } catch {
                log.debug("a device's last use was not stored: \(error)")
            }
        }
    }

    private func store(_ changes: [DeviceChange]) async throws(StoreError) {
        guard let storage else { throw .closed }
        try await storage.apply(changes)
    }

    /// Returns the requests that were too old.
    private func forgetOld() -> [String] {
        let oldest = clock.wall.milliseconds - Self.requestLifetime.inNanoseconds / 1_000_000
        let old = requests.values.filter { $0.askedAt.milliseconds < oldest }.map(\.id)
        for id in old { requests[id] = nil }
        return old
    }
}
