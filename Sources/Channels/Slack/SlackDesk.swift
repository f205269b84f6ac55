package import Platform

/// Looks at the requests by which Slack brings events in HTTP mode, before anything is believed of them. It knows
/// nothing of connections: the route gives it what it was sent.
package struct SlackDesk: Sendable {
    /// How far the time of a request may be from ours.
    package static let window: Int64 = 300
    /// Ids of events that are remembered.
    static let memory = 2000
    package static let bodyLimit = 1024 * 1024

    package enum Verdict: Equatable, Sendable {
        /// The caller is not Slack, or it is an old request of Slack's: 401.
        case refused(String)
        /// It is from Slack and cannot be read: 400.
        case unreadable(String)
        /// Slack asks whether the route is ours: 200 with this text.
        case challenge(String)
        /// It was here before and is kept: 200, and nothing more.
        case known
        /// 200 when it is kept. `event` is to be given to `keep` then.
        case envelope(SlackEnvelope, event: String?)
    }

    private let secret: [UInt8]
    private var seen: Set<String> = []
    private var order: [String] = []

    package init(signingSecret: String) { secret = Array(signingSecret.utf8) }

    /// `signature` and `timestamp` are the fields `X-Slack-Signature` and `X-Slack-Request-Timestamp`.
    package func look(
        signature: String?, timestamp: String?, contentType: String?, body: [UInt8], now: WallTime
    ) -> Verdict {
        guard body.count <= Self.bodyLimit else { return .unreadable("the body is too large") }
        guard !secret.isEmpty, let signature, let timestamp, timestamp.utf8.count <= 12,
            timestamp.utf8.allSatisfy(ASCII.isDigit), let time = Int64(timestamp)
        else { return .refused("the request is not signed") }
        guard abs(now.seconds - time) <= Self.window else { return .refused("the request is not of this time") }
        let wanted = Self.signature(secret, timestamp, body)
        guard constantTimeEqual(signature, wanted) else { return .refused("the signature is wrong") }
        return read(body, isForm: contentType?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true)
    }

    /// An event of this id is on the disk.
    package mutating func keep(_ event: String) {
        guard seen.insert(event).inserted else { return }
        order.append(event)
        guard order.count > Self.memory else { return }
        for old in order.prefix(Self.memory / 2) { seen.remove(old) }
        order.removeFirst(Self.memory / 2)
    }

    package static func signature(_ secret: [UInt8], _ timestamp: String, _ body: [UInt8]) -> String {
        "v0=" + Hex.encode(HMAC<SHA256>.authenticate(Array("v0:\(timestamp):".utf8) + body, key: secret))
    }

    private func read(_ body: [UInt8], isForm: Bool) -> Verdict {
        guard !isForm else { return readForm(body) }
        guard let json = try? JSONParser.parse(body) else { return .unreadable("the body is not JSON") }
        switch json["type"]?.string {
        case "url_verification":
            guard let challenge = json["challenge"]?.string, challenge.utf8.count <= 1000 else {
                return .unreadable("there is no challenge")
            }
            return .challenge(challenge)
        case "event_callback":
            let event = json["event_id"]?.string.flatMap { $0.utf8.count <= 100 ? $0 : nil }
            if let event, seen.contains(event) { return .known }
            return .envelope(SlackEnvelope(id: nil, kind: .events, payload: json), event: event)
        default: return .envelope(SlackEnvelope(id: nil, kind: nil, payload: json), event: nil)
        }
    }

    private func readForm(_ body: [UInt8]) -> Verdict {
        var fields = JSONObject()
        for pair in body.split(separator: UInt8(ascii: "&")).prefix(100) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : []) else {
                return .unreadable("the body is no form")
            }
            fields[name] = .string(value)
        }
        if let text = fields["payload"]?.string {
            guard let payload = try? JSONParser.parse(text) else { return .unreadable("the payload is not JSON") }
            return .envelope(SlackEnvelope(id: nil, kind: .interactive, payload: payload), event: nil)
        }
        guard fields["command"] != nil else { return .unreadable("the form says nothing") }
        return .envelope(SlackEnvelope(id: nil, kind: .command, payload: .object(fields)), event: nil)
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        var output: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "+"): output.append(ASCII.space)
            case ASCII.percent:
                guard index + 2 < bytes.endIndex, let high = ASCII.hexValue(bytes[index + 1]),
                    let low = ASCII.hexValue(bytes[index + 2])
                else { return nil }
                output.append(high << 4 | low)
                index += 2
            default: output.append(bytes[index])
            }
            index += 1
        }
        return String(validating: output, as: UTF8.self)
    }
}
