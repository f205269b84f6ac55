import Contract
import Platform

/// A file for a message, as it is named on the command line. It is read here, since the gateway may be elsewhere.
struct MediaArgument {
    /// What fits into a frame in Base64.
    static let limit = 16 << 20

    let text: String

    init(_ text: String) { self.text = text }

    func add(to params: inout JSON) async throws(CommandFailure) {
        guard !text.contains("://") else {
            params["mediaUrl"] = .string(text)
            return
        }
        do throws(FileError) {
            let bytes = try await FileReading.read(text, limit: Self.limit)
            params["buffer"] = .string(Base64.standard.encode(bytes))
            params["filename"] = .string(text.split(separator: "/").last.map(String.init) ?? "file")
        } catch .tooLarge {
            // The gateway takes one of that size from its agent's workspace.
            params["mediaUrl"] = .string(text)
        } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
    }
}
