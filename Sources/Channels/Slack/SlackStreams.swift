import Platform

/// The messages that this connection is writing before people's eyes, with what was written of each.
struct SlackStreams {
    static let most = 500
    /// Of what is written at once.
    static let longest = 12_000

    private var written: [String: String] = [:]

    /// What is to be added so that the message says `text`; nil where it is no stream, or says something else.
    func missing(_ id: String, of text: String) -> String? {
        guard let known = written[id], text.utf8.starts(with: known.utf8) else { return nil }
        return String(decoding: Array(text.utf8.dropFirst(known.utf8.count)), as: UTF8.self)
    }

    func contains(_ id: String) -> Bool { written[id] != nil }

    mutating func note(_ id: String, _ text: String) {
        if written.count >= Self.most { written = [:] }
        written[id] = text
    }

    mutating func end(_ id: String) { written[id] = nil }
}

extension SlackConnector {
    /// Begins a message that is written as it is made. Nil where Slack has none for us: then it is one like any other.
    func begin(_ stream: OutboundMessage.Stream, _ message: OutboundMessage) async throws(SendFailure) -> SendOutcome? {
        guard settings.streams, canStream, let thread = Self.thread(message), !stream.markdown.isEmpty,
            stream.markdown.utf8.count <= SlackStreams.longest
        else { return nil }
        var arguments: JSON = [
            "channel": .string(try await conversation(message)), "thread_ts": .string(thread),
            "markdown_text": .string(stream.markdown), "recipient_user_id": .string(stream.person),
        ]
        arguments["recipient_team_id"] = stream.team.map { .string($0) }
        do throws(SlackTrouble) {
            let reply = try await speech.call("chat.startStream", settings.botToken, arguments)
            guard let id = reply.json["ts"]?.string else { return .unknown("Slack did not say which message it is") }
            streams.note(id, stream.markdown)
            wrote(in: message.address.chat, thread)
            return .delivered(id)
        } catch .refused(_, let refusal) {
            // Not here, not for this app, not in this version: it is not asked again.
            log.info("Slack has no streams for this app", ["reason": .text(refusal.error)])
            canStream = false
            return nil
        } catch {
            return error.outcome
        }
    }

    /// Goes on with one, or ends it with its last words. Nil where that cannot be said by adding to it.
    func extend(
        _ id: String, _ stream: OutboundMessage.Stream, _ message: OutboundMessage
    ) async throws(SendFailure) -> SendOutcome? {
        guard let more = streams.missing(id, of: stream.markdown), more.utf8.count <= SlackStreams.longest else {
            return nil
        }
        let isLast = !message.isFleeting
        if more.isEmpty, !isLast { return .delivered(id) }
        var arguments: JSON = ["channel": .string(try await conversation(message)), "ts": .string(id)]
        if !more.isEmpty { arguments["markdown_text"] = .string(more) }
        do throws(SlackTrouble) {
            _ = try await speech.call(isLast ? "chat.stopStream" : "chat.appendStream", settings.botToken, arguments)
        } catch .refused(_, let refusal) where !refusal.isOfToken {
            streams.end(id)
            return nil
        } catch {
            // Whether it was added nobody knows: from here on the whole is put in its place.
            if case .unknown = error.outcome { streams.end(id) }
            return error.outcome
        }
        if isLast { streams.end(id) } else { streams.note(id, stream.markdown) }
        return .delivered(id)
    }

    /// Ends a stream of this process or another, so that its message can be changed.
    func stop(_ id: String, _ chat: String) async {
        streams.end(id)
        do throws(SlackTrouble) {
            _ = try await speech.call(
                "chat.stopStream", settings.botToken, ["channel": .string(chat), "ts": .string(id)])
        } catch {
            log.debug("a stream of Slack's is not ended", ["reason": .text(error.fault.reason)])
        }
    }
}
