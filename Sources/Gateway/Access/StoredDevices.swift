import Platform
import Store

/// One step of what has to survive of pairings.
enum DeviceChange: Sendable {
    case device(PairedDevice)
    case deviceRemoved(String)
    case request(PairingRequest)
    case requestRemoved(String)
}

/// Where pairings are kept.
@LoopActor
protocol DeviceStoring: Sendable {
    func load() async throws(StoreError) -> (devices: [PairedDevice], requests: [PairingRequest])
    /// All of them, or none.
    func apply(_ changes: [DeviceChange]) async throws(StoreError)
}

/// Pairings in the gateway's store.
struct StoredDevices: DeviceStoring {
    let store: Store

    func load() async throws(StoreError) -> (devices: [PairedDevice], requests: [PairingRequest]) {
        try await store.read { (db) throws(StoreError) in
            let devices = try db.rows("SELECT record FROM paired_devices") { (row) throws(StoreError) in
                try Self.parse(try row[0]) { (field) throws(JSONDecodingError) in try PairedDevice(field) }
            }
            let requests = try db.rows("SELECT record FROM pairing_requests") { (row) throws(StoreError) in
                try Self.parse(try row[0]) { (field) throws(JSONDecodingError) in try PairingRequest(field) }
            }
            return (devices, requests)
        }
    }

    func apply(_ changes: [DeviceChange]) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            for change in changes {
                switch change {
                case .device(let device):
                    try db.run(
                        """
                        INSERT INTO paired_devices (device_id, record) VALUES (?, ?)
                        ON CONFLICT (device_id) DO UPDATE SET record = excluded.record
                        """, device.id, Self.text(device.stored))
                case .deviceRemoved(let id): try db.run("DELETE FROM paired_devices WHERE device_id = ?", id)
                case .request(let request):
                    try db.run(
                        """
                        INSERT INTO pairing_requests (request_id, record) VALUES (?, ?)
                        ON CONFLICT (request_id) DO UPDATE SET record = excluded.record
                        """, request.id, Self.text(request.json))
                case .requestRemoved(let id): try db.run("DELETE FROM pairing_requests WHERE request_id = ?", id)
                }
            }
        }
    }

    private nonisolated static func text(_ json: JSON) -> String {
        String(decoding: JSONWriter.bytes(of: json), as: UTF8.self)
    }

    private nonisolated static func parse<Value>(
        _ text: String, _ read: (JSONField) throws(JSONDecodingError) -> Value
    ) throws(StoreError) -> Value {
        let json: JSON
        do throws(JSONError) {
            json = try JSONParser.parse(Array(text.utf8).span)
        } catch {
            throw .rejected("the record of a device cannot be read: \(error)")
        }
        do throws(JSONDecodingError) {
            return try read(JSONField(json))
        } catch {
            throw .rejected("the record of a device cannot be read: \(error)")
        }
    }
}
