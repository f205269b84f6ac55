import Platform

/// Reads what was said in the conversations we know, oldest first and not without end.
@LoopActor
struct SlackHistory {
    static let page = 100
    /// Pages of one conversation.
    static let mostPages = 3
    /// Conversations and threads, those first in which there was talk last.
    static let mostPlaces = 50
    static let mostMessages = 2000
    /// Meanwhile nothing new is taken.
    static let time = Duration.seconds(30)

    static let mostTries = 3
    static let pause = Duration.seconds(2)

    struct Found {
        var messages: [InboundMessage] = []
        /// Why that is not all.
        var lack: String?
    }

    private let api: SlackAPI
    private let token: String
    private let clock: any Clock

    init(_ api: SlackAPI, _ token: String, _ clock: any Clock) {
        self.api = api
        self.token = token
        self.clock = clock
    }

    func read(since place: SlackPlace, _ reader: SlackReader) async -> Found {
        var found = Found()
        let deadline = clock.now + Self.time
        let marks = place.marks.sorted { $1.value.last < $0.value.last }
        if marks.count > Self.mostPlaces { found.lack = "there are more than \(Self.mostPlaces) conversations" }
        for (key, mark) in marks.prefix(Self.mostPlaces) {
            guard clock.now < deadline, found.messages.count < Self.mostMessages else {
                found.lack = "it is too much"
                break
            }
            do throws(SlackTrouble) {
                for event in try await events(key, since: mark.last, until: deadline, &found) {
                    var event = event
                    event["channel"] = .string(key.chat)
                    event["type"] = "message"
                    guard let message = reader.message(event), mark.last.wall < message.sentAt else { continue }
                    found.messages.append(message)
                }
            } catch {
                found.lack = error.fault.reason
                // Asking on would only make it longer.
                if case .slow = error { break }
            }
        }
        found.messages.sort { ($0.sentAt, $0.id) < ($1.sentAt, $1.id) }
        return found
    }

    private func events(
        _ key: SlackPlace.Key, since last: SlackTime, until deadline: Instant, _ found: inout Found
    ) async throws(SlackTrouble) -> [JSON] {
        var events: [JSON] = []
        var next = ""
        for _ in 0..<Self.mostPages {
            let reply = try await ask(key, since: last, from: next, until: deadline)
            events += reply.json["messages"]?.array ?? []
            next = reply.json["response_metadata"]?["next_cursor"]?.string ?? ""
            if reply.json["has_more"]?.bool != true || next.isEmpty { return events }
        }
        found.lack = "there is more than \(Self.mostPages) pages of it"
        return events
    }

    /// Once more when it may help: this is the only chance to read it.
    private func ask(
        _ key: SlackPlace.Key, since last: SlackTime, from next: String, until deadline: Instant
    ) async throws(SlackTrouble) -> SlackReply {
        var tries = 0
        while true {
            do throws(SlackTrouble) {
                tries += 1
                return try await ask(key, since: last, from: next)
            } catch {
                let wait: Duration
                switch error {
                case .slow(let after): wait = after
                case .network, .strange: wait = Self.pause
                case .refused, .badRoot: throw error
                }
                guard tries < Self.mostTries, clock.now + wait < deadline, !Task.isCancelled else { throw error }
                _ = await Suspension(clock).wait(until: clock.now + wait)
            }
        }
    }

    private func ask(
        _ key: SlackPlace.Key, since last: SlackTime, from next: String
    ) async throws(SlackTrouble) -> SlackReply {
        guard let thread = key.thread else {
            return try await api.call(
                "conversations.history", token,
                form: ["channel": key.chat, "oldest": last.text, "limit": "\(Self.page)", "cursor": next])
        }
        return try await api.call(
            "conversations.replies", token,
            form: [
                "channel": key.chat, "ts": thread, "oldest": last.text, "limit": "\(Self.page)", "cursor": next,
            ])
    }
}
