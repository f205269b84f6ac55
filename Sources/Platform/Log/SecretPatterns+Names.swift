/// Secrets that are told by the name before them.
extension SecretPatterns {
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

    static func isSecretName(_ name: StaticString) -> Bool {
        let text = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let scan = SecretPatterns(text: text, base: 0)
        return scan.kind(ofNameBefore: text.count, names) != nil || scan.kind(ofNameBefore: text.count, headers) != nil
    }

    mutating func bearer(at start: Int) {
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
    mutating func assignment(after sign: Int) {
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
    mutating func quotedValue(after colon: Int) {
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
    mutating func header(after colon: Int) {
        guard isAhead(.header, colon), let kind = kind(ofNameBefore: colon, Self.headers) else { return }
        var from = colon + 1
        while from < text.count, text[from] == 0x20 { from += 1 }
        var end = from
        while end < text.count, text[end] >= 0x20, text[end] != UInt8(ascii: "\""), !isEscapedEnd(end) { end += 1 }
        hide(from..<end, kind, by: .header)
    }

    /// `https://user:password@host`. A name alone is no secret unless it is as long as a token.
    mutating func userInfo(after colon: Int) {
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
}
