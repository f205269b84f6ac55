import Platform
import Store

/// Takes what Telegram brings, in whichever way, and remembers how far it came.
@LoopActor
final class TelegramReceiver {
    /// How long Telegram keeps what nobody takes.
    nonisolated static let memory = Duration.seconds(24 * 3600)
    /// How old the place on the disk may be while nothing is said.
    nonisolated static let placeAge = Duration.seconds(300)

    private let reader: TelegramReader
    private let intake: any Intake
    private let clock: any Clock
    private let log: Log
    private(set) var place: TelegramPlace
    /// Nil when it is to be done at once.
    private var keptAt: Instant?
    private var hasBegun = false

    init(_ reader: TelegramReader, _ intake: any Intake, cursor: String?, _ clock: any Clock, _ log: Log) {
        self.reader = reader
        self.intake = intake
        self.clock = clock
        self.log = log
        place = TelegramPlace(cursor: cursor)
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
        for update in updates {
            guard let (from, to) = TelegramReader.move(update) else { continue }
            note("\(from)", became: "\(to)")
        }
        let messages = updates.flatMap { reader.messages($0, now: clock.wall) }.map(placed)
        if let last = updates.last?["update_id"]?.int { place.offset = last + 1 }
        let isDue = keptAt.map { clock.now - $0 >= Self.placeAge } ?? true
        if !updates.isEmpty || isDue { try await keep(messages) } else { place.at = clock.wall }
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
            ["from": .text(chat), "to": .text(new)])
    }
}
