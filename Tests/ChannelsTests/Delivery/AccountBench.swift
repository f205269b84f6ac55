import Platform
import Store
import Support

/// What a test of an account stands on: a clock that it moves, and a store whose thread has to be followed.
@LoopActor
protocol AccountBench: AnyObject {
    var clock: FakeClock { get }
    var store: Store { get }
    /// The other side's part, if it is played here.
    func play()
}

extension AccountBench {
    func play() {}

    /// Returns when what is on its way to the store has come back, and what that led to as well.
    func calm(_ rounds: Int = 24) async throws {
        for _ in 0..<rounds {
            play()
            try await store.write { _ throws(StoreError) in }
            try await store.read { _ throws(StoreError) in }
            await BlockingPool.shared.run {}
            await clock.settle()
        }
    }

    /// Moves time on in steps that what waits for the store can follow.
    func pass(_ time: Duration, step: Duration = .seconds(1)) async throws {
        let end = clock.now + time
        while clock.now < end {
            await clock.advance(by: min(step, end - clock.now))
            try await calm()
        }
    }
}
