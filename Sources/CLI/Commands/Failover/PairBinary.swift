import Platform

/// Brings this very program to the other host: both nodes have to be the same.
@LoopActor
struct PairBinary {
    private static let sizeLimit = 1 << 30
    private static let place = "$HOME/.local/bin"

    private let invocation: Invocation
    private let host: StandbyHost

    init(_ invocation: Invocation, _ host: StandbyHost) {
        self.invocation = invocation
        self.host = host
    }

    /// Where it is there, and what was done.
    func copy(
        _ guest: PairGuest.Facts, _ journal: inout PairJournal
    ) async throws(CommandFailure) -> (path: String, text: String) {
        let bytes = try await own()
        let digest = Hex.encode(await BlockingPool.shared.run { SHA256.hash(bytes) })
        let seen = try await host.output(
            "printf '%s\\n' \"\(Self.place)/openclaw\"; sha256sum \"\(Self.place)/openclaw\" 2>/dev/null || true",
            "look for the program")
        let lines = seen.split(separator: "\n").map(String.init)
        guard let path = lines.first(where: { $0.hasPrefix("/") && $0.hasSuffix("/openclaw") }) else {
            throw CommandFailure(.notGood, "standby", "\(host.target.shown) does not say where its home is")
        }
        let isSame = lines.contains { $0.hasPrefix(digest) }
        if journal.binaryBefore == nil {
            journal.binaryBefore = isSame ? "same" : lines.contains { $0.hasSuffix("  " + path) } ? "replaced" : "none"
            try await journal.write(invocation.instance)
        }
        if isSame { return (path, "it is there already") }
        // It is tried before it takes the place of another one.
        let script = """
            set -e
            mkdir -p "\(Self.place)"
            new="\(Self.place)/.openclaw.$$"
            trap 'rm -f "$new"' EXIT
            cat >"$new"
            chmod 755 "$new"
            "$new" --version >/dev/null
            if [ -e "\(Self.place)/openclaw" ] && [ ! -e "\(Self.place)/openclaw.before-pair" ]; then
                cp -p "\(Self.place)/openclaw" "\(Self.place)/openclaw.before-pair"
            fi
            mv -f "$new" "\(Self.place)/openclaw"
            """
        _ = try await host.output(
            script, input: bytes, within: StandbyHost.workTime, "copy the program, or run it there")
        return (path, "copied, \(bytes.count / 1_000_000) MB")
    }

    private func own() async throws(CommandFailure) -> [UInt8] {
        // Also where another file has taken its place: what runs is what is copied.
        let path = FileReading.exists("/proc/self/exe") ? "/proc/self/exe" : RunningProgram.current?.path ?? ""
        do throws(FileError) { return try await FileReading.read(path, limit: Self.sizeLimit) } catch {
            throw CommandFailure(.notGood, "not-read", "this program cannot be read: \(error)")
        }
    }

    /// Takes it away again, or puts back what was there before.
    static func remove(_ host: StandbyHost, _ journal: PairJournal) async throws(CommandFailure) {
        guard let before = journal.binaryBefore, before != "same" else { return }
        let script = """
            set -e
            if [ -e "\(place)/openclaw.before-pair" ]; then
                mv -f "\(place)/openclaw.before-pair" "\(place)/openclaw"
            else
                rm -f "\(place)/openclaw"
            fi
            rmdir "\(place)" "$HOME/.local" 2>/dev/null || true
            """
        _ = try await host.output(script, "take the program away")
    }
}
