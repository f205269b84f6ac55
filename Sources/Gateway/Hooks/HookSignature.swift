import Platform

/// How a sender proves that a request is its own: by a keyed hash over the body, in a header.
struct HookSignature: Equatable, Sendable {
    /// Whose way of doing it.
    enum Kind: String, CaseIterable, Sendable { case github, stripe, generic }

    enum Algorithm: String, CaseIterable, Sendable { case sha256, sha512, sha1 }

    enum Encoding: String, CaseIterable, Sendable { case hex, base64 }

    /// Why a request is not believed. None of it says what would have been right.
    enum Refusal: String, Error, Equatable {
        case missing = "the signature is missing"
        case malformed = "the signature cannot be read"
        case wrong = "the signature is wrong"
        case stale = "the signature is too old, or of the future"
    }

    static let standardTolerance = Duration.seconds(300)

    var kind: Kind
    var secret: [UInt8]
    var header: String
    /// Stands before the hash in the header.
    var prefix = ""
    var algorithm = Algorithm.sha256
    var encoding = Encoding.hex
    /// Where the time is that is signed with the body, as seconds since 1970 and a dot before it.
    var timestampHeader: String?
    var tolerance = standardTolerance

    init(kind: Kind, secret: String) {
        self.kind = kind
        self.secret = Array(secret.utf8)
        switch kind {
        case .github: (header, prefix) = ("X-Hub-Signature-256", "sha256=")
        case .stripe: header = "Stripe-Signature"
        case .generic: header = "X-Signature"
        }
    }

    /// Looks at a request; `field` gives its headers. Returns what is the same of one that comes again.
    func check(_ body: [UInt8], at now: WallTime, field: (String) -> String?) throws(Refusal) -> String {
        guard let text = field(header)?.withoutOuterSpace, !text.isEmpty else { throw .missing }
        if kind == .stripe { return try checkStripe(text, body, now) }
        var signed = body
        if let timestampHeader {
            guard let time = field(timestampHeader)?.withoutOuterSpace, !time.isEmpty else { throw .missing }
            try checkTime(time, now)
            signed = Array("\(time).".utf8) + body
        }
        guard text.hasPrefix(prefix), let shown = decoded(String(text.dropFirst(prefix.count))) else {
            throw .malformed
        }
        let right = hash(signed)
        guard constantTimeEqual(shown, right) else { throw .wrong }
        return Hex.encode(right)
    }

    /// `t=1492774577,v1=…,v1=…`: one of several is enough, as while a secret is replaced.
    private func checkStripe(_ text: String, _ body: [UInt8], _ now: WallTime) throws(Refusal) -> String {
        var (time, shown): (String?, [[UInt8]]) = (nil, [])
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { throw .malformed }
            switch String(pair[0]).withoutOuterSpace {
            case "t": time = String(pair[1]).withoutOuterSpace
            case "v1": shown += Hex.decode(String(pair[1]).withoutOuterSpace).map { [$0] } ?? []
            default: continue
            }
        }
        guard let time, !shown.isEmpty else { throw .malformed }
        let right = hash(Array("\(time).".utf8) + body)
        // All of them, so that the time it takes says nothing.
        guard shown.reduce(false, { constantTimeEqual($1, right) || $0 }) else { throw .wrong }
        try checkTime(time, now)
        return Hex.encode(right)
    }

    private func checkTime(_ text: String, _ now: WallTime) throws(Refusal) {
        guard text.utf8.count <= 12, text.utf8.allSatisfy(ASCII.isDigit), let seconds = Int64(text) else {
            throw .malformed
        }
        let distance = now.flooredSeconds - seconds
        guard abs(distance) <= tolerance.components.seconds else { throw .stale }
    }

    private func decoded(_ text: String) -> [UInt8]? {
        switch encoding {
        case .hex: Hex.decode(text)
        case .base64: Base64.standard.decode(text)
        }
    }

    private func hash(_ bytes: [UInt8]) -> [UInt8] {
        switch algorithm {
        case .sha256: HMAC<SHA256>.authenticate(bytes, key: secret)
        case .sha512: HMAC<SHA512>.authenticate(bytes, key: secret)
        case .sha1: HMAC<SHA1>.authenticate(bytes, key: secret)
        }
    }
}
