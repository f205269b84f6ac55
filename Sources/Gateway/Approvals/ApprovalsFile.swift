import Contract
import Platform

/// `<state>/exec-approvals.json`: the rules for programs that agents run here. It is shared with other programs of its
/// owner, so it is read anew each time, and changed only on the ground of what the caller has seen.
@LoopActor
final class ApprovalsFile {
    nonisolated static let name = "exec-approvals.json"
    nonisolated static let sizeLimit = 1 << 20

    /// The file as it is now.
    struct Snapshot: Sendable {
        let path: String
        /// Nil when there is none.
        let bytes: [UInt8]?
        let file: JSON

        /// Names this state of the file.
        var hash: String { Hex.encode(SHA256.hash(bytes ?? [])) }

        /// As clients see it: the token of the socket stays here.
        var json: JSON {
            var shown = file
            if var socket = file["socket"] {
                socket["token"] = nil
                shown["socket"] = socket
            }
            return [
                "path": .string(path), "exists": .bool(bytes != nil), "hash": .string(hash), "file": shown,
            ]
        }
    }

    let path: String
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(stateDirectory: String) { path = stateDirectory + "/" + Self.name }

    func read() async throws(RPCError) -> Snapshot {
        let path = path
        let bytes: [UInt8]?
        do throws(FileError) {
            bytes = try await FileReading.read(path, limit: Self.sizeLimit)
        } catch {
            guard error.isMissing else { throw .unavailable("\(error)") }
            bytes = nil
        }
        guard let bytes else { return Snapshot(path: path, bytes: nil, file: ["version": 1, "agents": [:]]) }
        return Snapshot(path: path, bytes: bytes, file: try Self.parse(bytes, path))
    }

    /// A file that nobody can read must not count as one without rules.
    private static func parse(_ bytes: [UInt8], _ path: String) throws(RPCError) -> JSON {
        let file: JSON
        do throws(JSONError) {
            file = try JSONParser.parse(bytes.span)
        } catch {
            throw .unavailable("\(path) is not JSON: \(error). Mend it, or move it away to begin anew.")
        }
        guard file.object != nil, file["version"]?.int == 1 else {
            throw .unavailable("\(path) is not of version 1. Mend it, or move it away to begin anew.")
        }
        return file
    }

    /// Replaces the file when it still is what `baseHash` names. One change at a time.
    func write(_ file: JSON, baseHash: String?) async throws(RPCError) -> Snapshot {
        while isBusy { await withCheckedContinuation { waiting.append($0) } }
        isBusy = true
        defer {
            isBusy = false
            if !waiting.isEmpty { waiting.removeFirst().resume() }
        }
        let current = try await read()
        if current.bytes != nil {
            guard let baseHash else {
                throw .invalid("exec approvals base hash required; re-run exec.approvals.get and retry")
            }
            guard baseHash == current.hash else {
                throw .invalid("exec approvals changed since last load; re-run exec.approvals.get and retry")
            }
        }
        var bytes = JSONWriter.bytes(of: Self.keepingToken(file, of: current.file), style: .init(isPretty: true))
        bytes.append(UInt8(ascii: "\n"))
        guard bytes.count <= Self.sizeLimit else {
            throw .invalid("the file would be larger than the \(Self.sizeLimit) bytes allowed for it")
        }
        do throws(FileError) {
            try await AtomicFile.write(bytes, to: path)
        } catch {
            throw .unavailable("\(error)")
        }
        return try await read()
    }

    /// Callers are not shown the token, so what they send back lacks it.
    private static func keepingToken(_ file: JSON, of current: JSON) -> JSON {
        guard let token = current["socket"]?["token"], file["socket"]?["token"] == nil else { return file }
        var socket = file["socket"] ?? [:]
        socket["path"] = socket["path"] ?? current["socket"]?["path"]
        socket["token"] = token
        var kept = file
        kept["socket"] = socket
        return kept
    }
}
