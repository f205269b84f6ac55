import Channels
import Platform
import Store

/// Says an answer block by block while it is made, each a message of its own. A block's key names how far the answer was
/// said with it, and what was said up to there: an answer that is begun again in another process goes on behind it, and
/// one that turns out another is said as a whole.
@LoopActor
final class ReplyBlocks {
    private let reply: ChannelReply
    private let outbox: Outbox
    private let log: Log
    private var cutter: BlockCutter
    /// Ends of blocks that an earlier process said, with what was said up to there.
    private var known: [Int: String]?
    /// Messages that were said.
    private(set) var count = 0

    init(_ reply: ChannelReply, _ outbox: Outbox, _ sizes: BlockCutter.Sizes, _ log: Log) {
        self.reply = reply
        self.outbox = outbox
        self.log = log
        cutter = BlockCutter(sizes)
    }

    func take(_ piece: String) async {
        cutter.add(piece)
        await say(isEnd: false)
    }

    /// The model turns to a tool: what it said is whole.
    func pause() async { await say(isEnd: true) }

    /// What is still to be said. Nothing more is said by itself.
    func finish() async -> String {
        await recall()
        return cutter.rest
    }

    private func say(isEnd: Bool) async {
        guard cutter.next(isEnd: isEnd) != nil else { return }
        await recall()
        // Whether it is the same answer shows when it has come so far.
        if cutter.end == 0, let furthest = known?.keys.max(), cutter.text.count < furthest { return }
        while let place = cutter.next(isEnd: isEnd) {
            var next = cutter
            let words = MediaLines.split(next.take(to: place)).text
            let key = "\(prefix)\(place):\(Self.mark(cutter.text[..<place]))"
            let messages = words.withoutOuterSpace.isEmpty ? [] : reply.account.messages(words, [], to: reply.address)
            let entries = messages.enumerated().map { number, message in
                OutboxEntry(key: "\(key):\(number)", reply.pointing(message, number: count + number))
            }
            do throws(StoreError) {
                if !entries.isEmpty { try await outbox.put(entries) }
            } catch {
                // It is part of what is said at the end.
                return log.warn("a block of an answer is not stored", ["reason": .text("\(error)")])
            }
            count += entries.count
            cutter = next
        }
    }

    /// Goes on behind what an earlier process said, if this is the same answer.
    private func recall() async {
        if known == nil {
            var found: [Int: String] = [:]
            for key in await outbox.keys(beginning: prefix) {
                let parts = key.dropFirst(prefix.count).split(separator: ":")
                if parts.count == 3, let place = Int(parts[0]) { found[place] = String(parts[1]) }
            }
            known = found
        }
        guard let known, cutter.end == 0 else { return }
        let place = known.keys.sorted().last {
            $0 <= cutter.text.count && known[$0] == Self.mark(cutter.text[..<$0])
        }
        guard let place else { return }
        cutter.skip(to: place)
        count = max(count, 1)
    }

    private var prefix: String { reply.key("b") + ":" }

    private static func mark(_ text: ArraySlice<UInt8>) -> String {
        String(Hex.encode(SHA256.hash(Array(text))).prefix(16))
    }
}
