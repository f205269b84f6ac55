/// What a hidden piece of text was; all that a reader of the log learns of it.
package enum RedactedKind: String, Hashable, Sendable {
    case telegramToken = "telegram-token"
    case discordToken = "discord-token"
    case slackToken = "slack-token"
    case gatewayToken = "gateway-token"
    case deviceToken = "device-token"
    case apiKey = "api-key"
    case accessToken = "access-token"
    case bearer
    case authorization
    case password
    case secret
    case privateKey = "private-key"
}

/// A stretch of text to hide.
struct Redacted: Hashable, Sendable {
    var range: Range<Int>
    /// Nil when a secret was registered without saying what it is.
    var kind: RedactedKind?

    /// Joins what overlaps or touches, so that of two secrets with a common part no rest is left.
    static func merged(_ found: [Redacted]) -> [Redacted] {
        let sorted = found.sorted {
            ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound)
        }
        var merged: [Redacted] = []
        for one in sorted {
            if let last = merged.last, one.range.lowerBound < last.range.upperBound {
                let upper = max(last.range.upperBound, one.range.upperBound)
                merged[merged.count - 1].range = last.range.lowerBound..<upper
                merged[merged.count - 1].kind = last.kind ?? one.kind
            } else {
                merged.append(one)
            }
        }
        return merged
    }

    func appendMark(to bytes: inout [UInt8]) {
        bytes += "[redacted".utf8
        if let kind {
            bytes.append(UInt8(ascii: ":"))
            bytes += kind.rawValue.utf8
        }
        bytes.append(UInt8(ascii: "]"))
    }
}
