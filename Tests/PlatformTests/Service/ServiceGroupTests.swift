import Platform
import Support
import Testing

private struct Broken: Error, CustomStringConvertible {
    var description: String { "broken" }
}

/// A service that does what the test says, when it says so.
@LoopActor
private final class Scripted: Service {
    enum Manner { case polite, deaf, undying }

    let name: String
    private let manner: Manner
    private let note: (String) -> Void
    private var continuation: CheckedContinuation<Void, any Error>?
    private var isAsked = false

    init(_ name: String, _ manner: Manner = .polite, _ note: @escaping @LoopActor (String) -> Void) {
        self.name = name
        self.manner = manner
        self.note = note
    }

    func run() async throws {
        note("\(name) runs")
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.continuation = continuation
                if Task.isCancelled, manner != .undying { end(CancellationError()) }
            }
        } onCancel: {
            startTask { [self] in
                if manner != .undying { end(CancellationError()) }
            }
        }
    }

    func drain() {
        note("\(name) drains")
        isAsked = true
    }

    /// Finishes what it was asked to.
    func finish() {
        #expect(isAsked)
        if manner == .polite { end(nil) }
    }

    func end(_ error: (any Error)?) {
        if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
        continuation = nil
    }
}

/// Three services in a group, and what happened to them.
@LoopActor
private final class Stage {
    let clock = FakeClock()
    private(set) var transcript: [String] = []
    private(set) var services: [String: Scripted] = [:]
    private(set) var group: ServiceGroup!
    private var task: Task<ServiceOutcome, any Error>!

    init(
        manners: [String: Scripted.Manner] = [:], meaning: [String: ServiceEnd] = [:]
    ) async {
        let entries = ["store", "server", "channels"].map { name in
            let service = Scripted(name, manners[name] ?? .polite) { [unowned self] in transcript.append($0) }
            services[name] = service
            let end = meaning[name] ?? .drainsGroup
            return ServiceGroup.Entry(service, onReturn: end, onFailure: end)
        }
        group = ServiceGroup(
            entries, clock: clock, drainDeadline: .seconds(30), cancelDeadline: .seconds(5),
            onEvent: { [unowned self] event in transcript.append(Self.text(event)) })
        task = startTask { [group = group!] in await group.run() }
        await clock.settle()
    }

    private static func text(_ event: ServiceEvent) -> String {
        switch event {
        case .started(let name): "+\(name)"
        case .draining(let name): "asked \(name)"
        case .returned(let name): "-\(name)"
        case .failed(let name, let reason): "-\(name) \(reason)"
        case .cancelled(let name): "cancelled \(name)"
        case .leftBehind(let name): "left \(name)"
        }
    }

    /// What happened since the last call.
    func news(after action: () -> Void = {}) async -> [String] {
        action()
        await clock.settle()
        defer { transcript = [] }
        return transcript
    }

    func pass(_ duration: Duration) async -> [String] {
        await clock.advance(by: duration)
        return await news()
    }

    var outcome: ServiceOutcome? {
        get async { try? await task.value }
    }

    func cancel() { task.cancel() }
}

@Suite struct ServiceGroupTests {
    private static let begun = ["+store", "+server", "+channels", "store runs", "server runs", "channels runs"]

    @Test func servicesStartInOrderAndEndInReverseEachAfterTheOther() async throws {
        try await onLoop {
            let stage = await Stage()
            #expect(await stage.news() == Self.begun)
            #expect(!stage.group.isDraining)
            #expect(await stage.news { stage.group.drain() } == ["asked channels", "channels drains"])
            #expect(stage.group.isDraining)
            #expect(await stage.pass(.seconds(29)) == [])
            #expect(
                await stage.news { stage.services["channels"]?.finish() } == [
                    "-channels", "asked server", "server drains",
                ])
            #expect(
                await stage.news { stage.services["server"]?.finish() } == ["-server", "asked store", "store drains"])
            #expect(await stage.news { stage.services["store"]?.finish() } == ["-store"])
            #expect(await stage.outcome == .drained)
            #expect(stage.clock.timers.count == 0)
        }
    }

    @Test func whatIsNotFinishedByTheFirstDeadlineIsCancelled() async throws {
        try await onLoop {
            let stage = await Stage(manners: ["server": .deaf])
            _ = await stage.news { stage.group.drain() }
            #expect(
                await stage.news { stage.services["channels"]?.finish() } == [
                    "-channels", "asked server", "server drains",
                ])
            _ = await stage.news { stage.services["server"]?.finish() }
            #expect(await stage.pass(.seconds(30) - .nanoseconds(1)) == [])
            #expect(await stage.pass(.nanoseconds(1)) == ["cancelled server", "cancelled store", "-server", "-store"])
            #expect(await stage.outcome == .cutShort(left: []))
            #expect(stage.clock.timers.count == 0)
        }
    }

    @Test func whatIsStillThereAtTheSecondDeadlineIsLeftBehind() async throws {
        try await onLoop {
            let stage = await Stage(manners: ["store": .undying])
            _ = await stage.news { stage.group.drain() }
            #expect(
                await stage.pass(.seconds(30)) == [
                    "cancelled channels", "cancelled server", "cancelled store", "-channels", "-server",
                ])
            #expect(await stage.pass(.seconds(5) - .nanoseconds(1)) == [])
            #expect(await stage.pass(.nanoseconds(1)) == ["left store"])
            #expect(await stage.outcome == .cutShort(left: ["store"]))
            #expect(stage.clock.timers.count == 0)
            stage.services["store"]?.end(nil)
            #expect(await stage.news() == [])
        }
    }

    @Test func aSecondRequestCutsShortAndFurtherOnesChangeNothing() async throws {
        try await onLoop {
            let stage = await Stage()
            _ = await stage.news { stage.group.drain() }
            #expect(
                await stage.news { stage.group.drain() } == [
                    "cancelled channels", "cancelled server", "cancelled store", "-channels", "-server", "-store",
                ])
            stage.group.drain()
            #expect(await stage.outcome == .cutShort(left: []))
        }
    }

    @Test func whoWasAskedToEndBeforeItsFirstTurnDoesNotRun() async throws {
        try await onLoop {
            var transcript: [String] = []
            let services = ["a", "b"].map { name in Scripted(name) { transcript.append($0) } }
            var group: ServiceGroup?
            group = ServiceGroup(services.map { .init($0) }, clock: FakeClock()) { event in
                transcript.append("\(event)")
                if event == .started("a") { group?.drain() }
            }
            let outcome = await group?.run()
            group = nil
            #expect(outcome == .drained)
            #expect(
                transcript == [
                    #"started("a")"#, #"draining("b")"#, #"started("b")"#, #"returned("a")"#, #"returned("b")"#,
                ])
        }
    }

    @Test func aRequestBeforeTheStartLeavesAllAtRest() async throws {
        try await onLoop {
            var transcript: [String] = []
            let group = ServiceGroup([.init(Scripted("a") { transcript.append($0) })], clock: FakeClock())
            group.drain()
            group.drain()
            let outcome = await group.run()
            #expect(outcome == .drained)
            #expect(transcript.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func anEndThatDrainsTheGroupDoes(_ fails: Bool) async throws {
        try await onLoop {
            let stage = await Stage()
            #expect(await stage.news() == Self.begun)
            let news = await stage.news { stage.services["server"]?.end(fails ? Broken() : nil) }
            #expect(news == [fails ? "-server broken" : "-server", "asked channels", "channels drains"])
            #expect(
                await stage.news { stage.services["channels"]?.finish() } == [
                    "-channels", "asked store", "store drains",
                ])
            stage.services["store"]?.finish()
            #expect(await stage.outcome == (fails ? .failed(service: "server", reason: "broken") : .drained))
        }
    }

    @Test(arguments: [false, true])
    func anEndThatEndsTheGroupCancelsTheOthers(_ fails: Bool) async throws {
        try await onLoop {
            let stage = await Stage(meaning: ["store": .endsGroup])
            #expect(await stage.news() == Self.begun)
            let news = await stage.news { stage.services["store"]?.end(fails ? Broken() : nil) }
            #expect(
                news == [
                    fails ? "-store broken" : "-store", "cancelled channels", "cancelled server", "-channels",
                    "-server",
                ])
            #expect(
                await stage.outcome == (fails ? .failed(service: "store", reason: "broken") : .cutShort(left: [])))
        }
    }

    @Test(arguments: [false, true])
    func anIgnoredEndLeavesTheOthersAlone(_ fails: Bool) async throws {
        try await onLoop {
            let stage = await Stage(meaning: ["server": .ignored])
            #expect(await stage.news() == Self.begun)
            let news = await stage.news { stage.services["server"]?.end(fails ? Broken() : nil) }
            #expect(news == [fails ? "-server broken" : "-server"])
            #expect(await stage.news { stage.group.drain() } == ["asked channels", "channels drains"])
            #expect(
                await stage.news { stage.services["channels"]?.finish() } == [
                    "-channels", "asked store", "store drains",
                ])
            stage.services["store"]?.finish()
            #expect(await stage.outcome == .drained)
        }
    }

    @Test func anEndThatNobodyAskedForDuringTheDrainEscalates() async throws {
        try await onLoop {
            let stage = await Stage()
            _ = await stage.news { stage.group.drain() }
            #expect(
                await stage.news { stage.services["store"]?.end(Broken()) } == [
                    "-store broken", "cancelled channels", "cancelled server", "-channels", "-server",
                ])
            #expect(await stage.outcome == .failed(service: "store", reason: "broken"))
            let other = await Stage(meaning: ["store": .ignored])
            _ = await other.news { other.group.drain() }
            #expect(await other.news { other.services["store"]?.end(nil) } == ["-store"])
            #expect(
                await other.news { other.services["channels"]?.finish() } == [
                    "-channels", "asked server", "server drains",
                ])
            other.services["server"]?.finish()
            #expect(await other.outcome == .drained)
        }
    }

    @Test func aServiceThatFailsWhileItFinishesDoesNotStopTheOthersFromFinishing() async throws {
        try await onLoop {
            let stage = await Stage()
            _ = await stage.news { stage.group.drain() }
            #expect(
                await stage.news { stage.services["channels"]?.end(Broken()) } == [
                    "-channels broken", "asked server", "server drains",
                ])
            _ = await stage.news { stage.services["server"]?.finish() }
            stage.services["store"]?.finish()
            #expect(await stage.outcome == .failed(service: "channels", reason: "broken"))
        }
    }

    @Test func cancellingTheCallerCancelsAll() async throws {
        try await onLoop {
            let stage = await Stage()
            _ = await stage.news()
            stage.cancel()
            #expect(await stage.outcome == .cutShort(left: []))
            #expect(
                await stage.news() == [
                    "cancelled channels", "cancelled server", "cancelled store", "-channels", "-server", "-store",
                ])
        }
    }

    @Test func aGroupWithoutServicesIsDoneAtOnce() async throws {
        try await onLoop {
            #expect(await ServiceGroup([], clock: FakeClock()).run() == .drained)
        }
    }
}
