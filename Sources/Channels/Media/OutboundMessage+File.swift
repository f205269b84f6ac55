import Platform
import Wire

/// Why a file does not go out, in words that name it.
struct FileRefusal: Error {
    let outcome: SendOutcome

    init(_ reason: String) { outcome = .refused(reason) }
    init(_ outcome: SendOutcome) { self.outcome = outcome }
}

extension OutboundMessage.Media {
    /// What people see of the name.
    var shownName: String { name.isEmpty ? "file" : name.cut(to: 200) }

    /// The file, if it is still there and not too large. `taker` is who would take so much.
    func open(_ limit: Int?, _ taker: String) async throws(FileRefusal) -> OpenFile {
        let path = path
        let file: OpenFile
        do throws(FileError) {
            file = try await BlockingPool.shared.run { () throws(FileError) in try OpenFile(path) }
        } catch {
            throw FileRefusal(
                error.isMissing ? "the file \(shownName) is gone" : "the file \(shownName) cannot be read: \(error)")
        }
        guard file.size > 0 else { throw FileRefusal("the file \(shownName) is empty") }
        guard file.size <= limit ?? .max else {
            throw FileRefusal(
                "the file \(shownName) has \(file.size.asBytes), and \(taker) takes \((limit ?? 0).asBytes)")
        }
        return file
    }
}

extension HTTPClientRequest {
    /// The slowest way out that a large file is not given up on, in bytes a second.
    private static let slowest = 32 * 1024

    /// Gives what it carries the time that it may need.
    mutating func allowForSize() {
        let time = Duration.seconds(120 + (body.length ?? 0) / Self.slowest)
        deadlines.firstByte = .seconds(120)
        deadlines.total = time
    }
}
