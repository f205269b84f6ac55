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

    /// Names whose value is a secret, by how they end: `botToken` and `access_token` are tokens too.
    private static let names: [(text: [UInt8], kind: RedactedKind)] = [
        (Array("token".utf8), .accessToken), (Array("password".utf8), .password), (Array("passwd".utf8), .password),
        (Array("secret".utf8), .secret), (Array("apikey".utf8), .apiKey), (Array("api_key".utf8), .apiKey),
        (Array("api-key".utf8), .apiKey), (Array("access_key".utf8), .apiKey),
    ]
    private static let headers: [(text: [UInt8], kind: RedactedKind)] = [
        (Array("authorization".utf8), .authorization), (Array("cookie".utf8), .secret),
        (Array("api-key".utf8), .apiKey), (Array("-token".utf8), .accessToken),
    ]

    /// A bearer token is at least so long; "bearer of news" is none.
    static let bearerMinimum = 8
    static let telegramDigits = 6
    static let telegramTail = 30

    private let text: UnsafeRawBufferPointer
    private let base: Int
    private var found: [Redacted] = []
    /// How far each rule that runs up to some end has come: a text of nothing but beginnings must not be read to its
    /// end for each of them.
    private var done = [Int](repeating: 0, count: Rule.allCases.count)

    private enum Rule: Int, CaseIterable { case prefix, key, bearer, assignment, header }

    /// Looks through a text that begins at `base` of the whole.
    static func find(in text: UnsafeRawBufferPointer, base: Int, _ found: inout [Redacted]) {
        var scan = SecretPatterns(text: text, base: base)
        for index in text.indices { scan.look(at: index) }
        found += scan.found
    }

    static func isSecretName(_ name: StaticString) -> Bool {
        let text = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let scan = SecretPatterns(text: text, base: 0)
        return scan.kind(ofNameBefore: text.count, names) != nil || scan.kind(ofNameBefore: text.count, headers) != nil
    }

    private init(text: UnsafeRawBufferPointer, base: Int) {
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

    // MARK: Values by their name

    private mutating func bearer(at start: Int) {
        guard isBoundary(start), isAhead(.bearer, start), matches("bearer", at: start) else { return }
        var from = start + 6
        while from < text.count, text[from] == 0x20 || text[from] == UInt8(ascii: "+") { from += 1 }
        if matches("%20", at: from) { from += 3 }
        guard from > start + 6 else { return }
        var end = from
        // RFC 6750 section 2.1, and "%" for what was encoded.
        while end < text.count, text[end].isTokenCharacter || "._~+/=%".utf8.contains(text[end]) { end += 1 }
        if end - from >= Self.bearerMinimum { hide(from..<end, .bearer, by: .bearer) }
    }

    /// `token=…` in a URL, a command line or a text.
    private mutating func assignment(after sign: Int) {
        guard isAhead(.assignment, sign) else { return }
        let isHeader = ends(with: "authorization", at: sign)
        guard let kind = isHeader ? .authorization : kind(ofNameBefore: sign, Self.names) else { return }
        var from = sign + 1
        while from < text.count, text[from] == UInt8(ascii: "\\") { from += 1 }
        let quote = from < text.count ? text[from] : 0
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            hide((from + 1)..<endOfQuote(from + 1, quote, escapes: from - sign - 1), kind)
            return
        }
        from = sign + 1
        var end = from
        while end < text.count, !isEndOfValue(end), isHeader || text[end] != 0x20 { end += 1 }
        hide(from..<end, kind, by: .assignment)
    }

    /// `"token": "…"`, with the quotes of JSON within JSON too.
    private mutating func quotedValue(after colon: Int) {
        var nameEnd = colon
        guard nameEnd > 0, text[nameEnd - 1] == UInt8(ascii: "\"") || text[nameEnd - 1] == UInt8(ascii: "'") else {
            return
        }
        let quote = text[nameEnd - 1]
        nameEnd -= 1
        var escapes = 0
        while nameEnd > 0, text[nameEnd - 1] == UInt8(ascii: "\\") {
            nameEnd -= 1
            escapes += 1
        }
        guard let kind = kind(ofNameBefore: nameEnd, Self.names) ?? kind(ofNameBefore: nameEnd, Self.headers) else {
            return
        }
        var from = colon + 1
        while from < text.count, text[from] == 0x20 { from += 1 }
        while from < text.count, text[from] == UInt8(ascii: "\\") { from += 1 }
        guard from < text.count, text[from] == quote else { return }
        hide((from + 1)..<endOfQuote(from + 1, quote, escapes: escapes), kind)
    }

    /// `Authorization: …` up to the end of the line.
    private mutating func header(after colon: Int) {
        guard isAhead(.header, colon), let kind = kind(ofNameBefore: colon, Self.headers) else { return }
        var from = colon + 1
        while from < text.count, text[from] == 0x20 { from += 1 }
        var end = from
        while end < text.count, text[end] >= 0x20, text[end] != UInt8(ascii: "\""), !isEscapedEnd(end) { end += 1 }
        hide(from..<end, kind, by: .header)
    }

    /// `https://user:password@host`. A name alone is no secret unless it is as long as a token.
    private mutating func userInfo(after colon: Int) {
        guard matches("://", at: colon) else { return }
        var end = colon + 3
        var separator: Int?
        while end < text.count, text[end] > 0x20, !"/?#\"'<>\\".utf8.contains(text[end]), text[end] != UInt8(ascii: "@")
        {
            if text[end] == UInt8(ascii: ":"), separator == nil { separator = end }
            end += 1
        }
        guard end < text.count, text[end] == UInt8(ascii: "@") else { return }
        if let separator {
            hide((separator + 1)..<end, .password)
        } else if end - colon - 3 >= 16 {
            hide((colon + 3)..<end, .accessToken)
        }
    }

    // MARK: Text

    private func isAhead(_ rule: Rule, _ index: Int) -> Bool { index >= done[rule.rawValue] }

    private mutating func hide(_ range: Range<Int>, _ kind: RedactedKind, by rule: Rule? = nil) {
        if range.isEmpty { return }
        if let rule { done[rule.rawValue] = range.upperBound }
        found.append(Redacted(range: (range.lowerBound + base)..<(range.upperBound + base), kind: kind))
    }

    private func run(from start: Int) -> Int {
        var end = start
        while end < text.count, text[end].isTokenCharacter { end += 1 }
        return end
    }

    /// Whether a word may begin here: nothing of it stands before, except the digits of a percent-encoded character.
    private func isBoundary(_ index: Int) -> Bool {
        index == 0 || !text[index - 1].isAlphanumeric || isEncoded(index - 2)
    }

    /// Whether the two characters from `index` on belong to a "%".
    private func isEncoded(_ index: Int) -> Bool { index > 0 && text[index - 1] == UInt8(ascii: "%") }

    private func isEndOfValue(_ index: Int) -> Bool {
        text[index] < 0x20 || "&\"'<>".utf8.contains(text[index]) || isEscapedEnd(index)
    }

    /// `\"`, `\n` or `\r` of JSON in the text.
    private func isEscapedEnd(_ index: Int) -> Bool {
        text[index] == UInt8(ascii: "\\") && index + 1 < text.count && "\"nr\\".utf8.contains(text[index + 1])
    }

    /// Where the closing quote stands, that has `escapes` backslashes before it as the opening one had.
    private func endOfQuote(_ start: Int, _ quote: UInt8, escapes: Int) -> Int {
        var index = start
        var backslashes = 0
        while index < text.count {
            if text[index] == quote, backslashes <= escapes { return index - backslashes }
            backslashes = text[index] == UInt8(ascii: "\\") ? backslashes + 1 : 0
            index += 1
        }
        return index
    }

    private func kind(
        ofNameBefore end: Int, _ names: [(text: [UInt8], kind: RedactedKind)]
    ) -> RedactedKind? {
        for name in names where end >= name.text.count && matches(name.text, at: end - name.text.count) {
            return name.kind
        }
        return nil
    }

    private func ends(with name: StaticString, at end: Int) -> Bool {
        end >= name.utf8CodeUnitCount && matches(name, at: end - name.utf8CodeUnitCount)
    }

    /// Without regard to case; `lower` is in lower case.
    private func matches(_ lower: StaticString, at start: Int) -> Bool {
        matches(UnsafeBufferPointer(start: lower.utf8Start, count: lower.utf8CodeUnitCount), at: start)
    }

    private func matches(_ lower: some RandomAccessCollection<UInt8>, at start: Int) -> Bool {
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
