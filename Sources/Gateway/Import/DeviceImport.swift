package import Agents
import Contract
package import Platform
package import Store

/// Takes over `devices/paired.json`: each device comes in as before, with the key and the token that it has.
@LoopActor
package enum DeviceImport {
    /// `store` is nil where there is none yet; `isTrial` writes nothing.
    package static func run(
        _ source: SafeDirectory, into store: Store?, isTrial: Bool
    ) async throws(StoreError) -> ImportTally {
        var (tally, records) = await BlockingPool.shared.run { read(source) }
        let present = Set(try await store.map(StoredDevices.init)?.load().devices.map(\.id) ?? [])
        var changes: [DeviceChange] = []
        for (name, record) in records {
            switch record {
            case .failure(let refusal): tally.leave(name, refusal.reason)
            case .success(let device):
                let room = present.count + changes.count < DeviceRegistry.deviceLimit
                if present.contains(device.id) {
                    tally.count(.known, name)
                } else if room {
                    tally.count(.taken, name)
                    changes.append(.device(device))
                } else {
                    tally.leave(name, "\(DeviceRegistry.deviceLimit) devices are paired already")
                }
            }
        }
        if !isTrial, !changes.isEmpty, let store { try await StoredDevices(store: store).apply(changes) }
        return tally
    }

    private struct Refusal: Error { let reason: String }

    private nonisolated static func read(
        _ source: SafeDirectory
    ) -> (ImportTally, [(String, Result<PairedDevice, Refusal>)]) {
        var tally = ImportTally("devices")
        let paired = ForeignJSON.object("devices/paired.json", in: source, &tally)
        if let waiting = ForeignJSON.object("devices/pending.json", in: source, &tally), !waiting.isEmpty {
            tally.leave("devices/pending.json", "\(waiting.members.count) that waited for approval; they ask again")
        }
        var found: [(String, Result<PairedDevice, Refusal>)] = []
        for member in paired?.members ?? [] {
            let name = "device \(member.key.prefix(16))"
            do throws(Refusal) {
                let (device, loss) = try device(member.value)
                found.append((name, .success(device)))
                if let loss { tally.note(name, loss) }
            } catch {
                found.append((name, .failure(error)))
            }
        }
        return (tally, found)
    }

    private nonisolated static func device(_ json: JSON) throws(Refusal) -> (PairedDevice, loss: String?) {
        guard let id = json["deviceId"]?.string, let text = json["publicKey"]?.string,
            let raw = DeviceProof.key(text), Ed25519.PublicKey(rawBytes: raw) != nil
        else { throw Refusal(reason: "its key is none") }
        guard Hex.encode(SHA256.hash(raw)) == id else { throw Refusal(reason: "its id is not that of its key") }
        let words = (json["roles"]?.array ?? []).compactMap(\.string) + [json["role"]?.string].compactMap { $0 }
        let roles = Set(words.compactMap(Role.init(rawValue:)))
        guard !roles.isEmpty else { throw Refusal(reason: "it has no role that is known here") }
        // What was approved bounds what a token may do; older files have the asked scopes alone.
        let asked = (json["approvedScopes"] ?? json["scopes"])?.array?.compactMap(\.string) ?? []
        let scopes = Set(asked.compactMap(Scope.init(rawValue:)))
        let created = WallTime(foreign: json["createdAtMs"]) ?? WallTime(nanoseconds: 0)
        var device = PairedDevice(
            id: id, publicKey: Base64.url.encode(raw), facts: DeviceFacts(foreign: json), roles: roles, scopes: scopes,
            createdAt: created, approvedAt: WallTime(foreign: json["approvedAtMs"]) ?? created)
        for member in json["tokens"]?.object?.members ?? [] {
            guard let role = Role(rawValue: member.key), roles.contains(role) else { continue }
            device.tokens[role] = DeviceToken(foreign: member.value, role, within: scopes, created)
        }
        let unknown = Set(asked).subtracting(scopes.map(\.rawValue)).sorted()
        let loss = unknown.isEmpty ? nil : "without \(unknown.joined(separator: ", ")), which means nothing here"
        return (device, loss)
    }
}

extension DeviceFacts {
    fileprivate init(foreign json: JSON) {
        self.init()
        displayName = json["operatorLabel"]?.string ?? json["displayName"]?.string
        platform = json["platform"]?.string
        deviceFamily = json["deviceFamily"]?.string
        modelIdentifier = json["modelIdentifier"]?.string
        clientID = json["clientId"]?.string
        clientMode = json["clientMode"]?.string
        remoteIP = json["remoteIp"]?.string
    }
}

extension DeviceToken {
    /// Nil when there is no token in it.
    fileprivate init?(foreign json: JSON, _ role: Role, within allowed: Set<Scope>, _ paired: WallTime) {
        guard let token = json["token"]?.string, !token.isEmpty else { return nil }
        let revoked = WallTime(foreign: json["revokedAtMs"])
        let scopes = Set((json["scopes"]?.array ?? []).compactMap(\.string).compactMap(Scope.init(rawValue:)))
        self.init(
            digest: revoked == nil ? SecretDigest(of: token) : nil,
            scopes: role == .operator ? scopes.intersection(allowed) : [],
            createdAt: WallTime(foreign: json["createdAtMs"]) ?? paired,
            rotatedAt: WallTime(foreign: json["rotatedAtMs"]), revokedAt: revoked,
            lastUsedAt: WallTime(foreign: json["lastUsedAtMs"]))
    }
}
