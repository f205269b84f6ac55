package import Platform
package import Settings

/// Where a node writes down what it goes on with after a restart.
@LoopActor
package protocol FailoverKeeping: AnyObject, Sendable {
    /// Returns when it is on the disk, or will not be in time.
    func write(_ memory: FailoverMemory) async
}

/// One file, replaced whole.
@LoopActor
package final class FailoverShelf: FailoverKeeping {
    package nonisolated static let fileName = "failover.json"
    nonisolated static let sizeLimit = 1024 * 1024
    /// A disk that does not answer must not keep this node from acting.
    static let patience = Duration.seconds(2)

    private let path: String
    private let clock: any Clock
    private let onFailure: @LoopActor (String?) -> Void
    private var waiting: [UInt8]?
    private var isWriting = false
    private var written = 0
    private var asked = 0
    private let place: Suspension

    package init(_ path: String, clock: any Clock, onFailure: @escaping @LoopActor (String?) -> Void) {
        self.path = path
        self.clock = clock
        self.onFailure = onFailure
        place = Suspension(clock)
    }

    /// Nil where nothing was written yet; what cannot be read counts as that, and is told.
    package static func read(_ path: String) async throws(FileError) -> FailoverMemory? {
        guard FileReading.exists(path) else { return nil }
        let bytes = try await FileReading.read(path, limit: sizeLimit)
        return (try? JSONParser.parse(bytes)).flatMap { FailoverMemory($0) }
    }

    package func write(_ memory: FailoverMemory) async {
        waiting = JSONWriter.bytes(of: memory.json)
        asked += 1
        let mine = asked
        if !isWriting {
            isWriting = true
            startTask { await self.work() }
        }
        let deadline = clock.now + Self.patience
        while written < mine, await place.wait(until: deadline) == .event {}
        if written < mine { onFailure("the disk takes too long") }
    }

    /// One after the other: an older one must not come last.
    private func work() async {
        while let bytes = waiting {
            let number = asked
            waiting = nil
            do throws(FileError) {
                try await AtomicFile.write(bytes, to: path)
                onFailure(nil)
            } catch {
                onFailure("\(error)")
            }
            written = number
            place.wake()
        }
        isWriting = false
    }
}

extension Instance {
    /// Where a monitor writes down where it stands that runs beside a gateway which it starts and stops.
    package var monitorMemoryPath: String { stateDirectory + "/failover-monitor.json" }
}
