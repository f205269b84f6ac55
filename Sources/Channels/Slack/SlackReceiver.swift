import Platform
import Store

/// Takes what Slack brings, in whichever way, and remembers how far it came.
@LoopActor
final class SlackReceiver {
    /// Slack tries again after a minute; from then on it may have given up.
    static let shortGap = Duration.seconds(120)
    /// How old the place on the disk may be while nothing is said.
    static let placeAge = Duration.seconds(60)

    let reader: SlackReader
    var threads = SlackThreads()
    private(set) var place: SlackPlace
    private let intake: any Intake
    private let clock: any Clock
    private let log: Log
    private var keptAt: Instant
    private var hasWarned = false
    private(set) var isCaughtUp = false

    init(_ reader: SlackReader, _ intake: any Intake, cursor: String?, _ clock: any Clock, _ log: Log) {
        self.reader = reader
        self.intake = intake
        self.clock = clock
        self.log = log
        place = SlackPlace(cursor: cursor)
        keptAt = clock.now
    }

    /// Returns when what is for us is on the disk.
    func take(_ envelope: SlackEnvelope) async throws(StoreError) {
        if envelope.kind == nil { warn("Slack brought something of a kind that is not known") }
        guard let message = reader.message(in: envelope, threads: threads, now: clock.wall) else {
            return noteOwn(envelope)
        }
        // Of a mention Slack does not say what kind of place it stands in.
        let isTold = envelope.payload["event"]?["channel_type"] != nil
        try await take([isTold ? message : placed(message)])
    }

    func take(_ messages: [InboundMessage]) async throws(StoreError) {
        var next = place
        for message in messages { next.note(message) }
        next.at = clock.wall
        try await intake.take(messages, cursor: next.cursor)
        // Meanwhile another socket may have taken something.
        for message in messages { place.note(message) }
        place.at = next.at
        keptAt = clock.now
    }

    /// A cycle of receiving is complete.
    func beat() async throws(StoreError) {
        intake.beat()
        guard isCaughtUp, clock.now - keptAt >= Self.placeAge else { return }
        try await take([])
    }

    /// The message with what is known of its place.
    func placed(_ message: InboundMessage) -> InboundMessage {
        guard let kind = place.kind(of: message.place.chat) else { return message }
        var message = message
        message.place.kind = kind
        return message
    }

    func missed(from: WallTime) { intake.missed(from: from, to: clock.wall) }

    /// What was said since `place`, if that is so long ago that Slack does not bring it by itself.
    func catchUp(_ history: SlackHistory) async throws(StoreError) {
        defer { isCaughtUp = true }
        guard let at = place.at, clock.wall.nanoseconds - at.nanoseconds > Self.shortGap.inNanoseconds else { return }
        let found = await history.read(since: place, reader)
        // What was not read is asked for again.
        guard !Task.isCancelled else { return }
        var rest = found.messages.map(placed)[...]
        while !rest.isEmpty {
            try await take(Array(rest.prefix(SlackHistory.page)))
            rest = rest.dropFirst(SlackHistory.page)
        }
        guard let reason = found.lack else { return }
        log.warn("not all that was said meanwhile could be read", ["reason": .text(reason)])
        missed(from: at)
    }

    /// Where we write ourselves we take part.
    private func noteOwn(_ envelope: SlackEnvelope) {
        guard let event = envelope.payload["event"], event["user"]?.string == reader.botUser,
            let chat = event["channel"]?.string, let thread = event["thread_ts"]?.string.flatMap(SlackTime.init)
        else { return }
        threads.insert(chat, thread.text)
    }

    /// Once: a service that sends nonsense sends much of it.
    func warn(_ words: String) {
        guard !hasWarned else { return }
        hasWarned = true
        log.warn("\(words); it is skipped")
    }
}
