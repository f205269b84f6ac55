import Platform
import Support
import Testing
import Wire

@testable import Models

@Suite struct ErrorTextTests {
    @Test func noKeyIsInAnyText() async throws {
        try await onLoop {
            let key = VendorBench.key
            for api in ModelAPI.allCases {
                for status in [400, 401, 403, 404, 429, 500, 529] {
                    let words = "Incorrect key \(key) for https://x.test/?key=\(key)"
                    let body = #"{"type":"error","error":{"type":"t","message":"\#(words)","code":"c"}}"#
                    for text in [body, words, #"{"error":"\#(words)"}"#] {
                        let error = await VendorBench(api, status: status, body: text).failure()
                        #expect(error != nil && "\(error!)".contains(key) == false, "\(api) \(status)")
                    }
                }
                let within = events(#"{"type":"error","error":{"message":"no \#(key)","code":500}}"#)
                let error = await VendorBench(api, pieces: [within]).failure()
                #expect(error != nil && "\(error!)".contains(key) == false, "\(api)")
            }
        }
    }

    @Test func aVendorsWordsAreOneShortLine() {
        let text = VendorText(secrets: ["hush-hush-hush"])
        #expect(text.shown("a\nb\u{1b}[31m\u{2028}c\u{85}") == "a b [31m c ")
        #expect(!text.shown("is hush-hush-hush there").contains("hush"))
        for length in VendorText.limit - 1...VendorText.limit + 1 {
            let shown = text.shown(String(repeating: "x", count: length))
            #expect(shown.utf8.count <= VendorText.limit + "…".utf8.count)
            #expect(shown.hasSuffix("…") == (length > VendorText.limit))
        }
        // Hidden before it is cut: no part of a secret is left at the edge.
        let edge = String(repeating: "x", count: VendorText.limit - 5) + "hush-hush-hush"
        #expect(!text.shown(edge).contains("hush"))
    }

    @Test func retryAfterIsReadInAllItsForms() {
        let now = CalendarDate(year: 2026, month: 11, day: 6, hour: 8, minute: 49, second: 37).time()!
        for (fields, expected) in [
            ([:], nil), (["Retry-After": "2"], .seconds(2)), (["Retry-After": "0"], .zero),
            (["Retry-After": "1.5"], .milliseconds(1500)), (["Retry-After": "-1"], nil), (["Retry-After": "soon"], nil),
            (["Retry-After": "nan"], nil), (["Retry-After": "Fri, 06 Nov 2026 08:50:07 GMT"], .seconds(30)),
            (["Retry-After": "Fri, 06 Nov 2026 08:00:00 GMT"], .zero),
            (["Retry-After": "Fri, 31 Feb 2026 08:00:00 GMT"], nil), (["retry-after-ms": "250"], .milliseconds(250)),
            (["retry-after-ms": "250", "Retry-After": "9"], .milliseconds(250)),
            (["Retry-After": "86399"], .seconds(86_399)), (["Retry-After": "86400"], RetryAfter.limit),
            (["Retry-After": "86401"], RetryAfter.limit), (["Retry-After": "1e300"], RetryAfter.limit),
            (["Retry-After": "inf"], RetryAfter.limit),
        ] as [([String: String], Duration?)] {
            var sent = HTTPFields()
            for (name, value) in fields { sent.append(name, value) }
            #expect(RetryAfter.read(sent, now: now) == expected, "\(fields)")
        }
        #expect(RetryAfter.duration("31s") == .seconds(31) && RetryAfter.duration("31") == nil)
    }

    @Test func anErrorSaysWhoWhatAndWhen() {
        let error = ModelError(
            .rateLimited, provider: "acme", status: 429, retryAfter: .seconds(30), detail: "Slow down.")
        #expect("\(error)" == "acme: too many requests (HTTP 429); try again in 30 s: Slow down.")
        #expect("\(ModelError.cancelled)" == "cancelled")
    }
}
