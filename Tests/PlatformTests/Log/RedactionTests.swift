import Support
import Testing

@testable import Platform

/// Made up; built from pieces so that no scanner takes this file for a leak.
private let telegram = "123456789:" + "AAF" + String(repeating: "x9_-Z", count: 7)
private let discord = "MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".GaBcDe." + String(repeating: "a1B_-", count: 6)
private let slack = "xoxb-" + "123456789012-abcdefGHIJKL"
private let openAI = "sk-" + "proj-" + String(repeating: "aB3", count: 8)
private let jwt = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0." + "c2lnbmF0dXJlLW9mLWl0"
private let pem = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEowIBAAKCAQEA\nabc+/=\n-----END RSA PRIVATE" + " KEY-----"

private struct Row: Sendable, CustomTestStringConvertible {
    let text: String
    let expected: String
    var testDescription: String { expected }
}

@Suite struct SecretPatternTests {
    private static let rows: [Row] = [
        Row(text: "bot \(telegram) said", expected: "bot [redacted:telegram-token] said"),
        Row(
            text: "https://api.telegram.org/bot\(telegram)/getMe",
            expected: "https://api.telegram.org/bot[redacted:telegram-token]/getMe"),
        Row(text: telegram.replacing(":", with: "%3A"), expected: "[redacted:telegram-token]"),
        Row(text: "Bot \(discord)", expected: "Bot [redacted:discord-token]"),
        Row(text: "x%20\(discord)", expected: "x%20[redacted:discord-token]"),
        Row(text: "\(slack), next", expected: "[redacted:slack-token], next"),
        Row(text: "xapp-" + "1-A0123-456-abc", expected: "[redacted:slack-token]"),
        Row(text: "key \(openAI).", expected: "key [redacted:api-key]."),
        Row(text: "x%20\(openAI)", expected: "x%20[redacted:api-key]"),
        Row(text: "ghp_" + String(repeating: "a", count: 36), expected: "[redacted:access-token]"),
        Row(text: jwt, expected: "[redacted:access-token]"),
        Row(text: "Bearer abc.DEF-123~+/==", expected: "Bearer [redacted:bearer]"),
        Row(text: "got bearer%20abcdefgh%3D", expected: "got bearer%20[redacted:bearer]"),
        Row(text: "Authorization: Basic dTpw", expected: "Authorization: [redacted:authorization]"),
        Row(text: "authorization:Bot x\nHost: y", expected: "authorization:[redacted:authorization]\nHost: y"),
        Row(
            text: #"{"Authorization": "Digest a, b", "x": 1}"#,
            expected: #"{"Authorization": "[redacted:authorization]", "x": 1}"#),
        Row(text: "Cookie: a=b; c=d", expected: "Cookie: [redacted:secret]"),
        Row(text: "X-Api-Key: short", expected: "X-Api-Key: [redacted:api-key]"),
        Row(text: "X-OpenClaw-Token: short", expected: "X-OpenClaw-Token: [redacted:access-token]"),
        Row(text: "/ws?token=abc&x=1", expected: "/ws?token=[redacted:access-token]&x=1"),
        Row(text: "GET /?x=1&password=p%40ss#w HTTP/1.1", expected: "GET /?x=1&password=[redacted:password] HTTP/1.1"),
        Row(
            text: "client_secret=a botToken=b api_key=c",
            expected: "client_secret=[redacted:secret] botToken=[redacted:access-token] api_key=[redacted:api-key]"),
        Row(text: #"token="two words" rest"#, expected: #"token="[redacted:access-token]" rest"#),
        Row(text: #"run \"password=\\\"x y\\\"\" end"#, expected: #"run \"password=\\\"[redacted:password]\\\"\" end"#),
        Row(text: #"{"token":"a\"b","n":1}"#, expected: #"{"token":"[redacted:access-token]","n":1}"#),
        Row(text: #"{\"token\":\"ab\",\"n\":1}"#, expected: #"{\"token\":\"[redacted:access-token]\",\"n\":1}"#),
        Row(text: "{'password': 'x'}", expected: "{'password': '[redacted:password]'}"),
        Row(text: "https://user:pa:ss@host/x", expected: "https://user:[redacted:password]@host/x"),
        Row(text: "https://0123456789abcdef@github.com/", expected: "https://[redacted:access-token]@github.com/"),
        Row(text: "key:\n\(pem)\ndone", expected: "key:\n[redacted:private-key]\ndone"),
        Row(text: String(pem.prefix(50)), expected: "[redacted:private-key]"),
        Row(text: "rest of it\n" + pem.suffix(40) + " end", expected: "[redacted:private-key] end"),
        Row(text: telegram + telegram, expected: "[redacted:telegram-token]"),
        Row(text: "Authorization: Bearer " + openAI, expected: "Authorization: [redacted:authorization]"),
    ]

    @Test(arguments: rows)
    private func whatLooksLikeASecretIsHidden(_ row: Row) {
        #expect(Redaction().redact(row.text) == row.expected)
    }

    @Test(arguments: [
        "", "token", "a token: none", "the bearer of news", "Bearer x", "12:34:56.789", "123456:short",
        "task-scheduler-for-everyone-else",
        "https://host:8080/path?tokens=5&max_tokens=100", "user@host", "https://git@github.com", "a.b.c", "sk-short",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", "token=", "{\"token\":\"\"}", "x=1&y=2",
        "eyJ.eyJ.x",
        "2026-11-02T03:12:45.123Z level=info", "MTIz.abc.def", "ünïcode … ok", "::1", "a:b@c",
        "12345:" + String(repeating: "a", count: 29),
    ])
    func ordinaryTextStaysAsItIs(_ text: String) {
        #expect(Redaction().redact(text) == text)
    }

    @Test func lengthsAtTheLimitDecide() {
        func isHidden(_ text: String) -> Bool { Redaction().redact(text) != text }
        for (digits, tail, expected) in [(6, 30, true), (5, 30, false), (6, 29, false), (7, 31, true)] {
            let text = String(repeating: "1", count: digits) + ":" + String(repeating: "a", count: tail)
            #expect(isHidden(text) == expected)
        }
        for (size, expected) in [(7, false), (8, true), (9, true)] {
            #expect(isHidden("Bearer " + String(repeating: "a", count: size)) == expected)
        }
    }

    /// No text whatever makes the search read beyond it, hide half a mark, or take long.
    @Test func anyBytesAreSearchedWithoutHarm() {
        var random = SeededRandom(seed: 5)
        let pieces: [[UInt8]] =
            [
                telegram, discord, slack, openAI, jwt, pem, "Authorization:", "Bearer ", "token=", "\"", "\\", "'",
                "://", "@", "%3A", "%", "-----BEGIN ", "-----END ", " ", "\n", "x",
            ]
            .map { Array($0.utf8) } + [[0xff], [0xc2], [0x80], [0]]
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let piece = pieces.randomElement(using: &random)!
                bytes += piece.prefix(Int.random(in: 0...piece.count, using: &random))
            }
            let once = Redaction().redact(bytes)
            #expect(once.count <= bytes.count + 40 * 12)
        }
    }
}

@Suite struct RegisteredSecretTests {
    private static let secret = "p@ss wörd/\"7\\+"

    private func redaction(_ secrets: (String, RedactedKind?)...) -> Redaction {
        var redaction = Redaction()
        for (secret, kind) in secrets { redaction.register(secret, kind: kind) }
        return redaction
    }

    @Test(arguments: [
        "p@ss wörd/\"7\\+", #"p@ss wörd/\"7\\+"#, #"p@ss wörd\/\"7\\+"#, #"p@ss w\u00f6rd/\"7\\+"#,
        #"p@ss w\u00F6rd/\"7\\+"#,
        #"p@ss wörd/\\\"7\\\\+"#, "p%40ss%20w%C3%B6rd%2F%227%5C%2B", "p%40ss%20w%c3%b6rd%2f%227%5c%2b",
        "p%40ss+w%C3%B6rd%2F%227%5C%2B",
    ])
    func everyFormOfASecretIsHidden(_ form: String) {
        let redaction = redaction((Self.secret, .password))
        #expect(redaction.redact("a " + form + " b") == "a [redacted:password] b")
    }

    @Test(arguments: [("", ""), ("user:", ""), ("u:", ":x"), ("ab", "cd"), ("abc", "d")])
    func base64OfATextAroundASecretDoesNotShowIt(_ before: String, _ after: String) {
        let secret = "hunter2-hunter2??>>"
        let redaction = redaction((secret, nil))
        for alphabet in ["+/", "-_"] {
            let plain = Array((before + secret + after).utf8)
            let text = base64(plain, alphabet)
            let hidden = redaction.redact(text)
            #expect(hidden.contains("[redacted]"))
            // What is left of it holds less than two bytes of the secret on either side.
            let left = hidden.replacing("[redacted]", with: "")
            #expect(left.utf8.count <= (before.utf8.count + after.utf8.count) * 4 / 3 + 8)
        }
    }

    private func base64(_ bytes: [UInt8], _ last: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = 0
            for byte in group { bits = bits << 8 | Int(byte) }
            bits <<= 8 * (3 - group.count)
            for index in 0...group.count { text.append(alphabet[bits >> (18 - 6 * index) & 63]) }
            text += String(repeating: "=", count: 3 - group.count)
        }
        return text
    }

    @Test func overlappingSecretsLeaveNoRest() {
        let redaction = redaction(("abcdefgh1234", .password), ("1234ijklmnop", .apiKey), ("abcdefgh", nil))
        #expect(redaction.redact("<abcdefgh1234ijklmnop>") == "<[redacted:password]>")
        #expect(redaction.redact("abcdefgh123") == "[redacted]123")
        #expect(redaction.redact("abcdefgh1234abcdefgh1234") == "[redacted:password][redacted:password]")
        #expect(self.redaction(("aaaaaaaa", nil)).redact(String(repeating: "a", count: 21)) == "[redacted]")
    }

    @Test(arguments: [(7, false), (8, true), (9, true)])
    func aSecretTooShortToHideIsNotTaken(_ size: Int, _ isTaken: Bool) {
        var redaction = Redaction()
        let secret = String("q7w8e9r1t".prefix(size))
        #expect(redaction.register(secret) == isTaken)
        #expect(redaction.redact(secret) == (isTaken ? "[redacted]" : secret))
    }

    @Test func aSecretIsHiddenUntilEveryOwnerGaveItUp() {
        var redaction = Redaction()
        redaction.register("correct horse", kind: .password)
        redaction.register("  correct horse\n")
        redaction.unregister("correct horse")
        #expect(redaction.redact("correct horse") == "[redacted:password]")
        redaction.unregister("correct horse")
        redaction.unregister("correct horse")
        #expect(redaction.redact("correct horse") == "correct horse")
    }

    @Test func theLinesOfALongSecretAreHiddenOneByOneToo() {
        let redaction = redaction(("-----BEGIN X-----\nMIIEowIBAAKCAQEA1\nshort\n-----END X-----", .privateKey))
        #expect(redaction.redact("line MIIEowIBAAKCAQEA1") == "line [redacted:private-key]")
        #expect(redaction.redact("-----BEGIN X----- short") == "-----BEGIN X----- short")
    }

    @Test func aSecretThatGoesOnInTheNextPartIsHiddenInBoth() {
        let redaction = redaction(("correct horse battery", nil))
        var parts = ["says correct ", "horse", " battery staple"].map { Array($0.utf8) }
        redaction.redact(&parts, limits: [100, 100, 100])
        #expect(
            parts.map { String(decoding: $0, as: UTF8.self) } == ["says [redacted]", "[redacted]", "[redacted] staple"])
    }

    @Test func aCutNeverShowsHalfASecret() {
        let secret = "correct horse battery"
        let redaction = redaction((secret, nil))
        let text = Array("0123 \(secret) \(secret) end".utf8)
        for limit in 0...text.count {
            var parts = [text]
            let cut = redaction.redact(&parts, limits: [limit])
            let shown = String(decoding: parts[0], as: UTF8.self)
            let left = shown.replacing("[redacted]", with: "")
            #expect("0123   end".hasPrefix(left))
            #expect(cut == [text.count - limit])
        }
        var parts = [Array("aüb".utf8)]
        #expect(redaction.redact(&parts, limits: [2]) == [3])
        #expect(parts[0] == Array("a".utf8))
    }

    @Test func manySecretsAreAllFound() {
        var random = SeededRandom(seed: 9)
        var redaction = Redaction()
        let secrets = (0..<200).map { _ in
            String(
                (0..<Int.random(in: 8...40, using: &random)).map { _ in
                    Array("abcdefghijkmnpqrstuvwxyz23456789").randomElement(using: &random)!
                })
        }
        for secret in secrets { redaction.register(secret) }
        for secret in secrets { #expect(redaction.redact("x \(secret) y") == "x [redacted] y") }
    }
}
