import Contract
import Platform

/// `logs.tail`. Lines are without secrets since they were written.
struct LogsTailMethod: WaitingMethod {
    static let contract = MethodContract.logsTail
    let output: LogOutput

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let cursor = params["cursor"]?.int
        let limit = params["limit"]?.int ?? LogTail.defaultLines
        let bytes = params["maxBytes"]?.int ?? LogTail.defaultBytes
        guard let path = output.path, output.health.failure == nil else { return .json(kept(limit, bytes)) }
        do throws(FileError) {
            let tail = try await BlockingPool.shared.run { () throws(FileError) in
                try LogTail.read(path, from: cursor, lines: limit, bytes: bytes)
            }
            return .json(Self.json(tail, file: path))
        } catch {
            return .json(kept(limit, bytes))
        }
    }

    /// While the file cannot be had: the last lines, which are in memory.
    private func kept(_ limit: Int, _ bytes: Int) -> JSON {
        var tail = LogTail()
        var room = bytes
        for entry in output.ring.lines(limit: limit).reversed() {
            room -= entry.line.count
            guard room >= 0 else { break }
            tail.lines.append(String(decoding: entry.line, as: UTF8.self))
        }
        tail.lines.reverse()
        tail.isReset = true
        var answer = Self.json(tail, file: output.path ?? "")
        answer["source"] = "memory"
        return answer
    }

    private static func json(_ tail: LogTail, file: String) -> JSON {
        var answer: JSON = [
            "file": .string(file), "cursor": JSON(tail.cursor), "size": JSON(tail.size),
            "lines": .array(tail.lines.map { .string($0) }),
        ]
        if tail.isTruncated { answer["truncated"] = true }
        if tail.isReset { answer["reset"] = true }
        return answer
    }
}
