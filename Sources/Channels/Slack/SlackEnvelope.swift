package import Platform

/// Something Slack brings, over a socket or by a request.
package struct SlackEnvelope: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case events = "events_api"
        case command = "slash_commands"
        case interactive
    }

    /// What it is acknowledged by; nil when the answer to a request does that. It is no name of what happened.
    package let id: String?
    /// Nil for a kind that is not known yet: it is acknowledged and left.
    package let kind: Kind?
    package let payload: JSON

    package init(id: String?, kind: Kind?, payload: JSON) {
        self.id = id
        self.kind = kind
        self.payload = payload
    }
}

/// What comes on a socket.
enum SlackFrame: Equatable {
    /// The socket is in use now; `app` is the app it belongs to.
    case hello(app: String?)
    case envelope(SlackEnvelope)
    /// Slack is about to leave.
    case disconnect(reason: String)
    /// Nothing that is known.
    case other

    init?(_ bytes: [UInt8]) {
        guard let json = try? JSONParser.parse(bytes), let type = json["type"]?.string else { return nil }
        switch type {
        case "hello": self = .hello(app: json["connection_info"]?["app_id"]?.string)
        case "disconnect": self = .disconnect(reason: json["reason"]?.string ?? "")
        default:
            guard let id = json["envelope_id"]?.string, (1...200).contains(id.utf8.count) else {
                self = .other
                return
            }
            self = .envelope(SlackEnvelope(id: id, kind: .init(rawValue: type), payload: json["payload"] ?? .null))
        }
    }
}

extension SlackReader {
    /// What an envelope says that is for us.
    func message(in envelope: SlackEnvelope, threads: SlackThreads, now: WallTime) -> InboundMessage? {
        let payload = envelope.payload
        switch envelope.kind {
        case .events:
            guard let event = payload["event"] else { return nil }
            return message(event, team: payload["team_id"]?.string, threads: threads)
        case .command: return command(payload, now: now)
        case .interactive: return action(payload, now: now)
        case nil: return nil
        }
    }
}
