import Platform
import Support
import Testing

@Suite struct ListenerTests {
    /// A path that does not fit would be cut, and another file removed and taken.
    @Test(arguments: [(-1, true), (0, true), (1, false)])
    func aPathOfASocketIsTakenWholeOrNotAtAll(beyond: Int, fits: Bool) async throws {
        do {
            let directory = ScratchDirectory()
            let missing = SocketAddress.pathLimit + beyond - directory.path.utf8.count - 1
            let path = directory.path + "/" + String(repeating: "s", count: missing)
            try await onLoop {
                do throws(SystemError) {
                    let listener = try Listener(.unix(path: path), onAccept: { _ in })
                    #expect(fits)
                    #expect(listener.address == .unix(path: path))
                    listener.close()
                } catch {
                    #expect(!fits)
                    #expect(error.reason == "File name too long")
                }
            }
        }
    }
}
