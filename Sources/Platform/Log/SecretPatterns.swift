/// Finds what looks like a secret although nobody registered it. Where a rule cannot tell where a secret ends, it hides
/// too much rather than too little.
struct SecretPatterns {
    /// A token that is recognized by how it begins.
    private struct Prefix {
        let text: [UInt8]
        let tail: Int
        let kind: RedactedKind

        init(_ text: String, tail: Int, _ kind: RedactedKind) {
            self.text = Array(text.utf8)
            self.tail = tail
            self.kind = kind
        }
    }

    /// How much must follow each beginning before it counts as a token and not as a word.
    private static let prefixes = [
        Prefix("xoxa-", tail: 10, .slackToken), Prefix("xoxb-", tail: 10, .slackToken),
        Prefix("xoxc-", tail: 10, .slackToken), Prefix("xoxd-", tail: 10, .slackToken),
        Prefix("xoxe-", tail: 10, .slackToken), Prefix("xoxo-", tail: 10, .slackToken),
        Prefix("xoxp-", tail: 10, .slackToken), Prefix("xoxr-", tail: 10, .slackToken),
        Prefix("xoxs-", tail: 10, .slackToken), Prefix("xapp-", tail: 10, .slackToken),
        Prefix("sk-", tail: 16, .apiKey), Prefix("gsk_", tail: 20, .apiKey), Prefix("xai-", tail: 20, .apiKey),
        Prefix("hf_", tail: 20, .apiKey), Prefix("AIza", tail: 30, .apiKey), Prefix("tskey-", tail: 10, .apiKey),
        Prefix("ghp_", tail: 20, .accessToken), Prefix("gho_", tail: 20, .accessToken),
        Prefix("ghu_", tail: 20, .accessToken), Prefix("ghs_", tail: 20, .accessToken),
        Prefix("ghr_", tail: 20, .accessToken), Prefix("github_pat_", tail: 20, .accessToken),
        Prefix("glpat-", tail: 16, .accessToken),
    ]

    private static let prefixStarts: [Bool] = {
        var starts = [Bool](repeating: false, count: 256)
        for prefix in prefixes { starts[Int(prefix.text[0])] = true }
        return starts
    }()

    /// A bearer token is at least so long; "bearer of news" is none.
    static let bearerMinimum = 8
    static let telegramDigits = 6
    static let telegramTail = 30

    let text: UnsafeRawBufferPointer
    let base: Int
    private var found: [Redacted] = []
    /// How far each rule that runs up to some end has come: a text of nothing but beginnings must not be read to its
    /// end for each of them.
    private var done = [Int](repeating: 0, count: Rule.allCases.count)

    enum Rule: Int, CaseIterable { case prefix, key, bearer, assignment, header }

    /// Looks through a text that begins at `base` of the whole.
    static func find(in text: UnsafeRawBufferPointer, base: Int, _ found: inout [Redacted]) {
        var scan = SecretPatterns(text: text, base: base)
        for index in text.indices { scan.look(at: index) }
        found += scan.found
    }

    init(text: UnsafeRawBufferPointer, base: Int) {
        self.text = text
        self.base = base
    }

    private mutating func look(at index: Int) {
        let byte = text[index]
        switch byte {
        case UInt8(ascii: ":"):
            telegram(before: index, after: index + 1)
            quotedValue(after: index)
            header(after: index)
            userInfo(after: index)
        case UInt8(ascii: "%"):
            if matches("%3a", at: index) { telegram(before: index, after: index + 3) }
        case UInt8(ascii: "="): assignment(after: index)
        case UInt8(ascii: "."): discord(at: index)
        case UInt8(ascii: "b"), UInt8(ascii: "B"): bearer(at: index)
        case UInt8(ascii: "e"): webToken(at: index)
        case UInt8(ascii: "-"): privateKey(at: index)
        default: break
        }
        if Self.prefixStarts[Int(byte)] { prefixed(at: index) }
    }

    // MARK: Tokens by their look

    /// `123456:AAF…`, in the path of a URL as well.
    private mutating func telegram(before: Int, after: Int) {
        var start = before
        while start > 0, text[start - 1].isDigit { start -= 1 }
        let end = run(from: after)
        if before - start >= Self.telegramDigits, end - after >= Self.telegramTail { hide(start..<end, .telegramToken) }
    }

    /// Three parts; the first is the id's digits in base64 and so begins with M, N or O.
    private mutating func discord(at dot: Int) {
        var start = dot
        while start > 0, text[start - 1].isTokenCharacter { start -= 1 }
        if isEncoded(start) { start += 2 }
        guard (23...30).contains(dot - start), text[start] >= UInt8(ascii: "M"), text[start] <= UInt8(ascii: "O") else {
            return
        }
        let middle = run(from: dot + 1)
        guard (5...7).contains(middle - dot - 1), middle < text.count, text[middle] == UInt8(ascii: ".") else { return }
        let end = run(from: middle + 1)
        if end - middle - 1 >= 27 { hide(start..<end, .discordToken) }
    }

    /// JSON Web Token (RFC 7519): header and claims begin with `{"` in base64.
    private mutating func webToken(at start: Int) {
        guard isBoundary(start), matches("eyj", at: start) else { return }
        var end = start
        for _ in 0..<2 {
            let dot = run(from: end)
            guard dot - end >= 10, dot < text.count, text[dot] == UInt8(ascii: ".") else { return }
            end = dot + 1
        }
        hide(start..<run(from: end), .accessToken)
    }

    private mutating func prefixed(at start: Int) {
        guard isBoundary(start), isAhead(.prefix, start) else { return }
        for prefix in Self.prefixes where starts(prefix.text, at: start) {
            let end = run(from: start + prefix.text.count)
            if end - start - prefix.text.count >= prefix.tail { hide(start..<end, prefix.kind, by: .prefix) }
        }
    }

    /// From the first line to the last, or to the end where the last is missing, and from the start where the first is.
    private mutating func privateKey(at start: Int) {
        if isAhead(.key, start), matches("-----begin ", at: start), let title = endOfTitle(start + 11) {
            var end = title
            while end < text.count, !matches("-----end ", at: end) { end += 1 }
            hide(start..<(end < text.count ? endOfTitle(end + 9) ?? text.count : text.count), .privateKey, by: .key)
        } else if matches("-----end ", at: start), let end = endOfTitle(start + 9) {
            let isKnown = found.contains { $0.kind == .privateKey && $0.range.contains(base + start) }
            if !isKnown { hide(0..<end, .privateKey) }
        }
    }

    /// Behind the dashes of "RSA PRIVATE KEY-----"; nil for a certificate.
    private func endOfTitle(_ start: Int) -> Int? {
        let limit = min(text.count, start + 64)
        var isPrivate = false
        var index = start
        while index < limit, text[index] >= 0x20 {
            if matches("private key", at: index) { isPrivate = true }
            if matches("-----", at: index) { return isPrivate ? index + 5 : nil }
            index += 1
        }
        return nil
    }

    // MARK: Text

    func isAhead(_ rule: Rule, _ index: Int) -> Bool { index >= done[rule.rawValue] }

    mutating func hide(_ range: Range<Int>, _ kind: RedactedKind, by rule: Rule? = nil) {
        if range.isEmpty { return }
        if let rule { done[rule.rawValue] = range.upperBound }
        found.append(Redacted(range: (range.lowerBound + base)..<(range.upperBound + base), kind: kind))
    }

    func run(from start: Int) -> Int {
        var end = start
        while end < text.count, text[end].isTokenCharacter { end += 1 }
        return end
    }

    /// Whether a word may begin here: nothing of it stands before, except the digits of a percent-encoded character.
    func isBoundary(_ index: Int) -> Bool {
        index == 0 || !text[index - 1].isAlphanumeric || isEncoded(index - 2)
    }

    /// Whether the two characters from `index` on belong to a "%".
    func isEncoded(_ index: Int) -> Bool { index > 0 && text[index - 1] == UInt8(ascii: "%") }

    /// Without regard to case; `lower` is in lower case.
    func matches(_ lower: StaticString, at start: Int) -> Bool {
        matches(UnsafeBufferPointer(start: lower.utf8Start, count: lower.utf8CodeUnitCount), at: start)
    }

    func matches(_ lower: some RandomAccessCollection<UInt8>, at start: Int) -> Bool {
        guard start >= 0, start + lower.count <= text.count else { return false }
        var index = start
        for byte in lower {
            let other = text[index]
            guard other == byte || (other >= 0x41 && other <= 0x5a && other | 0x20 == byte) else { return false }
            index += 1
        }
        return true
    }

    private func starts(_ prefix: [UInt8], at start: Int) -> Bool {
        start + prefix.count <= text.count && text[start..<(start + prefix.count)].elementsEqual(prefix)
    }
}
