package import Platform

/// What one node wants of another.
package enum PeerWish: String, Sendable {
    case state
    /// To hold the connection, and be told.
    case watch
    /// A planned switch: the other one makes way.
    case standAside
    /// The owner is to hear something that the asker cannot say itself.
    case tell
}

/// Answers nodes of the same pair, and nobody else: who asks must first prove to know the secret, over a challenge that
/// holds for one question. What was overheard is of no use a second time, and no clock has to be right.
@LoopActor
package final class PeerDesk {
    /// A question that was proven.
    package struct Question: Sendable {
        package let wish: PeerWish
        let nonce: String
        let secret: PairSecret
        /// The place of the asker's token among those of this node's peers.
        package let peer: Int
        /// What the owner is to hear; empty for every other wish.
        package let text: String
    }

    /// How long a challenge may be answered.
    static let challengeTime = Duration.seconds(30)
    package static let bodyLimit = 4096
    private static let wordLimit = 200
    static let textLimit = 500

    private let secrets: [PairSecret?]
    private let now: @LoopActor () -> Instant
    private let key = PairSecret(Hex.encode(SecureRandom.bytes(32)))
    /// Challenges that were answered, with the moment at which they end. Only who knows a secret gets in here.
    private var used: [String: Instant] = [:]

    package init(_ secrets: [PairSecret?], now: @escaping @LoopActor () -> Instant) {
        self.secrets = secrets
        self.now = now
    }

    /// Nobody could prove anything.
    package var isClosed: Bool { secrets.allSatisfy { $0 == nil } }

    package func challenge() -> String {
        let text = "\(now().nanoseconds)-\(Hex.encode(SecureRandom.bytes(16)))"
        return "\(text)-\(key.proof(.ask, text))"
    }

    /// Nil for whoever has not proven to be of the pair.
    package func open(_ body: [UInt8]) -> Question? {
        guard let json = try? JSONParser.parse(body), let challenge = json["challenge"]?.string,
            let nonce = json["nonce"]?.string, let proof = json["proof"]?.string,
            let wish = json["want"]?.string.flatMap(PeerWish.init),
            max(challenge.utf8.count, nonce.utf8.count) <= Self.wordLimit, isOwn(challenge)
        else { return nil }
        let text = wish == .tell ? json["text"]?.string ?? "" : ""
        for case (let position, let secret?) in secrets.enumerated()
        where constantTimeEqual(secret.proof(of: wish, challenge, nonce, text), proof) {
            guard used[challenge] == nil else { return nil }
            used = used.filter { $0.value > now() }
            used[challenge] = now() + Self.challengeTime
            return Question(
                wish: wish, nonce: nonce, secret: secret, peer: position, text: text.cut(to: Self.textLimit))
        }
        return nil
    }

    private func isOwn(_ challenge: String) -> Bool {
        let parts = challenge.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let time = Int64(parts[0]),
            constantTimeEqual(key.proof(.ask, "\(parts[0])-\(parts[1])"), String(parts[2]))
        else { return false }
        return now() < Instant(nanoseconds: time) + Self.challengeTime
    }
}

extension PeerDesk.Question {
    /// The answer as it is sent. `place` counts the words of one connection, so that none can be left out or repeated.
    package func sealed(_ statement: JSON, place: Int = 0) -> [UInt8] {
        let text = String(decoding: JSONWriter.bytes(of: statement), as: UTF8.self)
        return JSONWriter.bytes(
            of: ["says": .string(text), "proof": .string(secret.proof(.answer, nonce, "\(place)", text))])
    }

    package func sealed(_ word: LinkWord, place: Int) -> [UInt8] { sealed(word.json, place: place) + [0x0A] }
}

extension PairSecret {
    /// Of a question; what the owner is to hear belongs to it, so that nobody on the way can change it.
    func proof(of wish: PeerWish, _ challenge: String, _ nonce: String, _ text: String) -> String {
        wish == .tell
            ? proof(.ask, challenge, nonce, wish.rawValue, text) : proof(.ask, challenge, nonce, wish.rawValue)
    }

    /// What a sealed answer says; nil when somebody else wrote it, or to another question.
    func opened(_ bytes: [UInt8], nonce: String, place: Int = 0) -> JSON? {
        guard let json = try? JSONParser.parse(bytes), let text = json["says"]?.string,
            let proof = json["proof"]?.string,
            constantTimeEqual(self.proof(.answer, nonce, "\(place)", text), proof)
        else { return nil }
        return try? JSONParser.parse(Array(text.utf8))
    }
}
