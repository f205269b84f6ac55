import Platform

/// Cuts what a model says into blocks while it still says more: whole passages, never within code.
struct BlockCutter {
    /// Where a block may end, the best first.
    enum Preference: String, CaseIterable { case paragraph, newline, sentence }

    struct Sizes: Equatable {
        /// A block has so many bytes at least, unless the model pauses for a tool.
        var least = 800
        /// One that has no good end by then gets a worse one.
        var most = 1200
        var preference = Preference.paragraph
        /// Blocks go out when a message of the model's is at its end, and not while it is being said.
        var waitsForEnd = false
    }

    let sizes: Sizes
    private(set) var text: [UInt8] = []
    /// So much is said already.
    private(set) var end = 0

    init(_ sizes: Sizes) { self.sizes = sizes }

    mutating func add(_ piece: String) { text += piece.utf8 }

    /// What was said of it before this process.
    mutating func skip(to place: Int) { end = max(end, min(place, text.count)) }

    /// Where the next block ends; nil where there is none yet. `isEnd`: the model says no more for now.
    func next(isEnd: Bool) -> Int? {
        let pending = text[end...]
        if isEnd { return pending.allSatisfy(Self.isSpace) ? nil : text.count }
        guard !sizes.waitsForEnd, pending.count >= sizes.least else { return nil }
        let ends = Ends(pending)
        if let place = ends.paragraph { return place }
        if sizes.preference != .paragraph, let place = ends.line { return place }
        if sizes.preference == .sentence, let place = ends.sentence { return place }
        guard pending.count > sizes.most else { return nil }
        return ends.line ?? ends.sentence ?? ends.word
    }

    /// Takes the block that ends there.
    mutating func take(to place: Int) -> String {
        defer { end = place }
        return String(decoding: text[end..<place], as: UTF8.self)
    }

    var rest: String { String(decoding: text[end...], as: UTF8.self) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == 10 || byte == 13 || byte == 9 }

    /// The last good ends in a piece of text, outside code. What stands in its last line may go on.
    private struct Ends {
        private(set) var paragraph: Int?
        private(set) var line: Int?
        private(set) var sentence: Int?
        private(set) var word: Int?

        init(_ text: ArraySlice<UInt8>) {
            var fence: UInt8?
            var start = text.startIndex
            while let newline = text[start...].firstIndex(of: 10) {
                let row = text[start..<newline].drop { $0 == ASCII.space }
                let mark = row.first.flatMap { [UInt8(ascii: "`"), UInt8(ascii: "~")].contains($0) ? $0 : nil }
                if let mark, row.prefix(3).count == 3, row.prefix(3).allSatisfy({ $0 == mark }) {
                    fence = fence == nil ? mark : fence == mark ? nil : fence
                } else if fence == nil {
                    note(text[start..<newline])
                    if row.allSatisfy(BlockCutter.isSpace), newline > text.startIndex { paragraph = newline + 1 }
                }
                if fence == nil { line = newline + 1 }
                start = newline + 1
            }
            if fence == nil { note(text[start...]) }
        }

        private mutating func note(_ row: ArraySlice<UInt8>) {
            for (place, byte) in zip(row.indices, row) where byte == ASCII.space {
                word = place + 1
                if place > row.startIndex,
                    [UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?")].contains(row[place - 1])
                {
                    sentence = place + 1
                }
            }
        }
    }
}
