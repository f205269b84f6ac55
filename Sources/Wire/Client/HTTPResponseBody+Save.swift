package import Platform

/// Why a body is not in a file.
package enum HTTPSaveError: Error, Equatable, Sendable {
    case response(HTTPClientError)
    case file(FileError)
}

extension HTTPResponseBody {
    /// Writes all that is left of the body into a new file, in pieces. What comes is counted: beyond `limit` bytes it is
    /// given up, whatever length was announced. The file has its name only when all of it is there.
    package func save(to path: String, limit: Int) async throws(HTTPSaveError) -> Int {
        let file = try await Self.onDisk { () throws(FileError) in try NewFile(path) }
        do throws(HTTPSaveError) {
            return try await save(to: file, limit)
        } catch {
            abandon()
            throw error
        }
    }

    private func save(to file: NewFile, _ limit: Int) async throws(HTTPSaveError) -> Int {
        var count = 0
        var waiting: [UInt8] = []
        while let bytes = try await piece() {
            count += bytes.count
            guard count <= limit else { throw .response(.tooLarge(peer: peer, what: "the body", limit: limit)) }
            if waiting.isEmpty { waiting = bytes } else { waiting += bytes }
            guard waiting.count >= OpenFile.pieceBytes else { continue }
            let full = waiting
            waiting = []
            try await Self.onDisk { () throws(FileError) in try file.append(full) }
        }
        let rest = waiting
        try await Self.onDisk { () throws(FileError) in
            try file.append(rest)
            try file.finish()
        }
        return count
    }

    private func piece() async throws(HTTPSaveError) -> [UInt8]? {
        do throws(HTTPClientError) { return try await next() } catch { throw .response(error) }
    }

    private static func onDisk<Value: Sendable>(
        _ work: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(HTTPSaveError) -> Value {
        do throws(FileError) { return try await BlockingPool.shared.run(work) } catch { throw .file(error) }
    }
}
