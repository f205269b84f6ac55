import Platform
import Testing

@testable import Gateway

/// Whose requests are believed by their signatures. The first row of each kind is its vendor's own example, or made by
/// the rule that the vendor publishes.
@Suite struct HookSignatureTests {
    private static let now = WallTime(milliseconds: 1_790_000_000_000)
    private static let body = Array("Hello, World!".utf8)

    private func check(
        _ signature: HookSignature, _ fields: [String: String], _ body: [UInt8] = body, at now: WallTime = now
    ) -> HookSignature.Refusal? {
        do throws(HookSignature.Refusal) {
            _ = try signature.check(body, at: now) { fields[$0] }
            return nil
        } catch {
            return error
        }
    }

    private static func hash(_ text: String, key: String) -> String {
        Hex.encode(HMAC<SHA256>.authenticate(Array(text.utf8), key: Array(key.utf8)))
    }

    // MARK: GitHub

    private static let github = HookSignature(kind: .github, secret: "It's a Secret to Everybody")
    private static let githubHash = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    @Test(
        arguments: [
            ("sha256=\(githubHash)", nil), ("sha256=\(githubHash.uppercased())", nil), (nil, .missing), ("", .missing),
            (githubHash, .malformed), ("sha1=\(githubHash)", .malformed), ("sha256=", .wrong),
            ("sha256=xyz", .malformed),
            ("sha256=\(githubHash.dropLast(2))", .wrong), ("sha256=\(githubHash.dropLast(2))18", .wrong),
            ("sha256=\(String(repeating: "0", count: 64))", .wrong),
        ] as [(String?, HookSignature.Refusal?)])
    func gitHubs(_ field: String?, _ refusal: HookSignature.Refusal?) {
        #expect(check(Self.github, field.map { ["X-Hub-Signature-256": $0] } ?? [:]) == refusal)
    }

    @Test func aChangedBodyIsNotBelieved() {
        let fields = ["X-Hub-Signature-256": "sha256=\(Self.githubHash)"]
        #expect(check(Self.github, fields, Array("Hello, World?".utf8)) == .wrong)
        #expect(check(Self.github, fields, []) == .wrong)
        #expect(check(HookSignature(kind: .github, secret: "another"), fields) == .wrong)
    }

    // MARK: Stripe

    private static func stripe(_ age: Int64, key: String = "whsec_test") -> String {
        let time = "\(now.flooredSeconds - age)"
        return "t=\(time),v1=\(hash("\(time).Hello, World!", key: key))"
    }

    @Test func stripesWithinItsTolerance() {
        let signature = HookSignature(kind: .stripe, secret: "whsec_test")
        for (age, refusal) in [
            (0, nil), (300, nil), (301, .stale), (-300, nil), (-301, .stale), (86_400, .stale),
        ] as [(Int64, HookSignature.Refusal?)] {
            #expect(check(signature, ["Stripe-Signature": Self.stripe(age)]) == refusal, "\(age)")
        }
    }

    @Test func stripesOneOfSeveralIsEnough() {
        let signature = HookSignature(kind: .stripe, secret: "whsec_test")
        let good = Self.stripe(0)
        let wrong = "v1=\(String(repeating: "0", count: 64))"
        for (field, refusal) in [
            ("\(good),\(wrong)", nil), ("\(wrong),\(good)", nil), ("\(good),v0=ff", nil),
            (Self.stripe(0, key: "other"), .wrong), ("t=1,\(wrong)", .wrong), ("v1=00", .malformed),
            ("t=12", .malformed),
            ("nonsense", .malformed), ("t=,v1=00", .malformed), ("t=1e9,\(wrong)", .wrong),
        ] as [(String, HookSignature.Refusal?)] {
            #expect(check(signature, ["Stripe-Signature": field]) == refusal, "\(field)")
        }
    }

    // MARK: Others

    @Test func aGenericOneAsItIsSet() {
        var signature = HookSignature(kind: .generic, secret: "key")
        #expect(check(signature, ["X-Signature": Self.hash("Hello, World!", key: "key")]) == nil)
        signature.header = "X-Mine"
        signature.prefix = "v0="
        signature.encoding = .base64
        signature.algorithm = .sha512
        let long = HMAC<SHA512>.authenticate(Self.body, key: Array("key".utf8))
        #expect(check(signature, ["X-Mine": "v0=\(Base64.standard.encode(long))"]) == nil)
        #expect(check(signature, ["X-Mine": Base64.standard.encode(long)]) == .malformed)
        #expect(check(signature, ["X-Mine": "v0=\(Hex.encode(long))"]) != nil)
    }

    @Test func aSignedTimeIsLookedAt() {
        var signature = HookSignature(kind: .generic, secret: "key")
        signature.timestampHeader = "X-Time"
        signature.tolerance = .seconds(60)
        let time = "\(Self.now.flooredSeconds)"
        let old = "\(Self.now.flooredSeconds - 61)"
        let hash = { (time: String) in Self.hash("\(time).Hello, World!", key: "key") }
        #expect(check(signature, ["X-Signature": hash(time), "X-Time": time]) == nil)
        #expect(check(signature, ["X-Signature": hash(time), "X-Time": old]) == .stale)
        #expect(check(signature, ["X-Signature": hash(old), "X-Time": time]) == .wrong)
        #expect(check(signature, ["X-Signature": hash(time)]) == .missing)
        #expect(check(signature, ["X-Signature": hash("now"), "X-Time": "now"]) == .malformed)
    }

    @Test func whatComesAgainHasTheSameMark() throws {
        let fields = ["X-Hub-Signature-256": "sha256=\(Self.githubHash)"]
        let first = try Self.github.check(Self.body, at: Self.now) { fields[$0] }
        #expect(try Self.github.check(Self.body, at: Self.now) { fields[$0] } == first)
    }
}
