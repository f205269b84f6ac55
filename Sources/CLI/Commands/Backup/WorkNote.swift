import Platform

extension Invocation {
    /// Half a second of silence is no news; longer work says on a terminal what it is and for how long.
    private static let silence = Duration.milliseconds(500)
    private static let interval = Duration.seconds(1)
    /// Back to the line's start, and nothing on it (ECMA-48, EL).
    private static let blank = "\r\u{1b}[K"

    /// Lets `body` work, and tells on a terminal that it does.
    @LoopActor
    func telling<Value, Failure: Error>(
        _ what: String, _ body: @LoopActor () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard output.errorStyle.isTerminal, !output.isJSON else { return try await body() }
        let clock = surroundings.clock
        let start = clock.now
        let ticker = startTask {
            try await clock.sleep(for: Self.silence)
            while true {
                StandardStream.error.write("\(Self.blank)\(what), \(Age.span(clock.now - start))")
                try await clock.sleep(for: Self.interval)
            }
        }
        defer {
            ticker.cancel()
            if clock.now - start >= Self.silence { StandardStream.error.write(Self.blank) }
        }
        return try await body()
    }
}
