import Platform
import Store

/// Takes what Telegram brings, in whichever way, and remembers how far it came.
@LoopActor
final class TelegramReceiver {
    /// How long Telegram keeps what nobody takes.
    nonisolated static let memory = Duration.seconds(24 * 3600)
    /// How old the place on the disk may be while nothing is said.
    nonisolated static let placeAge = Duration.seconds(300)

    private let account: ChannelAccount
    /// Whether what was taken is confirmed by the place behind it. What is brought comes in parallel, and has none.
    private let asks: Bool
    private let reader: TelegramReader
    private let intake: any Intake
    private let clock: any Clock
    private let log: Log
    private(set) var place: TelegramPlace
    /// Nil when it is to be done at once.
    private var keptAt: Instant?
    private var hasBegun = false

    init(
        _ account: ChannelAccount, _ reader: TelegramReader, _ intake: any Intake, cursor: String?, asks: Bool = true,
        _ clock: any Clock, _ log: Log
    ) {
        self.asks = asks
        self.account = account
        self.reader = reader
        self.intake = intake
        self.clock = clock
        self.log = log
        place = TelegramPlace(cursor: cursor)
        if !asks { place.offset = nil }
    }

    /// A cycle of receiving is complete.
    func beat() {
        intake.beat()
        guard !hasBegun else { return }
        hasBegun = true
        if let at = place.at, at < edge { intake.missed(from: at, to: edge) }
    }

    /// What Telegram forgot lies before.
    private var edge: WallTime { WallTime(nanoseconds: clock.wall.nanoseconds - Self.memory.inNanoseconds) }

    /// Returns when what is for us is on the disk, with the place behind it.
    func take(_ updates: [JSON]) async throws(ConnectorFault) {
        let known = numbered(updates)
        var messages: [InboundMessage] = []
        for (_, update) in known {
            if let (from, to) = TelegramReader.move(update) { note("\(from)", became: "\(to)") }
            messages += reader.messages(update, now: clock.wall).map(placed)
        }
        // Less than before where Telegram counts anew: a place that it does not know would bring the same for ever.
        if asks, let last = known.last { place.offset = last.number + 1 }
        let isDue = keptAt.map { clock.now - $0 >= Self.placeAge } ?? true
        if !known.isEmpty || isDue { try await keep(messages) } else { place.at = clock.wall }
    }

    /// An update that is larger than an answer may be: what it said is lost.
    func pass(_ update: Int) async throws(ConnectorFault) {
        log.error(
            "an update is too large to be taken and is passed by",
            ["account": .text("\(account)"), "update": LogValue(update)])
        let second = WallTime(nanoseconds: clock.wall.nanoseconds - 1_000_000_000)
        intake.missed(from: min(place.at ?? edge, second), to: clock.wall)
        if asks { place.offset = update + 1 }
        try await keep([])
    }

    /// In their order; what has no number that could be confirmed is none.
    private func numbered(_ updates: [JSON]) -> [(number: Int, update: JSON)] {
        updates.compactMap { update in
            guard let number = update["update_id"]?.int, (0..<(1 << 52)).contains(number) else { return nil }
            return (number, update)
        }.sorted { $0.number < $1.number }
    }

    private func keep(_ messages: [InboundMessage]) async throws(ConnectorFault) {
        place.at = clock.wall
        keptAt = clock.now
        try await intake.keep(messages, cursor: place.cursor)
    }

    /// What holds for the group that a group was goes on for it.
    private func placed(_ message: InboundMessage) -> InboundMessage {
        var message = message
        message.place.parent = place.before(message.place.chat)
        return message
    }

    func note(_ chat: String, became new: String) {
        guard place.note(chat, became: new) else { return }
        keptAt = nil
        log.warn(
            "a group of Telegram's became another: put its new id in the configuration",
            ["account": .text("\(account)"), "from": .text(chat), "to": .text(new)])
    }
}
