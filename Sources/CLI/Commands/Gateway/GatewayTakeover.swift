import Platform
import Settings

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `--force`: ends the gateway that holds this state directory, politely first. Only a process of which the kernel says
/// that it holds a lock, and which wrote the lock file of this very profile, is ended.
@LoopActor
struct GatewayTakeover {
    /// A draining gateway finishes what is under way.
    static let politeTime = Duration.seconds(15)
    static let killTime = Duration.seconds(5)
    static let pollInterval = Duration.milliseconds(50)

    let invocation: Invocation

    /// Returns when nobody holds the state directory any more.
    func run() async throws(CommandFailure) {
        guard let holder = ProcessQuery(invocation: invocation).holder else { return }
        invocation.output.note("openclaw: ending the gateway with pid \(holder) first, as --force asks")
        guard kill(holder, SIGTERM) == 0 else {
            throw CommandFailure(
                .notGood, "not-allowed",
                "the gateway with pid \(holder) is another user's and cannot be ended from here")
        }
        if await isGone(holder, within: Self.politeTime) { return }
        invocation.output.note("openclaw: it did not end within \(Age.span(Self.politeTime)); it is killed")
        _ = kill(holder, SIGKILL)
        guard await isGone(holder, within: Self.killTime) else {
            throw CommandFailure(.tryAgain, "still-running", "the gateway with pid \(holder) does not end")
        }
    }

    private func isGone(_ process: Int32, within time: Duration) async -> Bool {
        let clock = invocation.surroundings.clock
        let deadline = clock.now + time
        while ProcessQuery(invocation: invocation).holder == process {
            guard clock.now < deadline, (try? await clock.sleep(for: Self.pollInterval)) != nil else { return false }
        }
        return true
    }
}
