import Testing

@testable import Channels

/// What holds for any answer, with every format and at awkward limits.
struct ChunkerPropertyTests {
    private static let formats: [@Sendable (Int) -> Rendering] = [
        { .telegram(limit: $0) }, { .slack(limit: $0) }, { .discord(limit: $0) }, { .matrix(limit: $0, tables: .code) },
        { .rocketChat(limit: $0) }, { .plain(limit: $0) },
    ]

    @Test(arguments: 0..<formats.count, [200, 201, 333, 2000])
    func everyWordIsSaidAndEveryMessageFits(_ format: Int, _ limit: Int) throws {
        for seed in 0..<3 as Range<UInt64> {
            let answer = RandomAnswer(seed: seed)
            for mode in Rendering.Mode.allCases {
                var rendering = Self.formats[format](limit)
                rendering.mode = mode
                let chunks = rendering.chunks(answer.markdown)
                let place = "format \(format), limit \(limit), seed \(seed), mode \(mode)"
                for chunk in chunks {
                    for text in [chunk.text, chunk.plain] {
                        #expect(Self.count(text, rendering.unit) <= limit, "\(place): \(text)")
                        #expect(
                            text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).count <= rendering
                                .mostLines ?? .max)
                    }
                    try Self.check(chunk, rendering.format, place)
                }
                #expect(Self.missing(answer.words, in: chunks.map(\.plain)) == nil, "\(place): \(answer.markdown)")
                #expect(Self.missing(answer.words, in: chunks.map(\.text)) == nil, "\(place): \(answer.markdown)")
            }
        }
    }

    static func count(_ text: String, _ unit: Rendering.Unit) -> Int {
        switch unit {
        case .bytes: text.utf8.count
        case .scalars: text.unicodeScalars.count
        case .utf16: text.utf16.count
        }
    }

    /// The first word that is not where it should be.
    private static func missing(_ words: [String], in texts: [String]) -> String? {
        let text = texts.joined(separator: "\n").utf8.split { !($0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39) }
        var found = text.makeIterator()
        return words.first { word in
            while let next = found.next() {
                if next.elementsEqual(word.utf8) { return false }
            }
            return true
        }
    }

    private static func check(_ chunk: RenderedChunk, _ format: Rendering.Format, _ place: String) throws {
        switch format {
        case .telegram: _ = try TelegramHTML(chunk.text)
        case .matrix: #expect(isBalanced(chunk.text) || chunk.isPlain, "\(place): \(chunk.text)")
        case .slack, .discord, .rocketChat:
            let fences = chunk.text.split(separator: "\n").filter { line in
                line.drop { "> ".contains($0) }.hasPrefix("```")
            }
            #expect(fences.count.isMultiple(of: 2), "\(place): \(chunk.text)")
        case .plain: break
        }
    }

    private static func isBalanced(_ html: String) -> Bool {
        var open: [Substring] = []
        for part in html.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
            guard let end = part.firstIndex(of: ">") else { return false }
            let tag = part[..<end]
            if tag.hasSuffix("/") { continue }
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else {
                open.append(tag.prefix { $0 != " " })
            }
        }
        return open.isEmpty
    }

    @Test func anyLimitMakesProgress() {
        for seed in 0..<2 as Range<UInt64> {
            let answer = RandomAnswer(seed: seed)
            for format in Self.formats {
                for limit in [-1, 1, Rendering.leastLimit, 17, 30] {
                    var rendering = format(limit)
                    rendering.mostLines = 1
                    let chunks = rendering.chunks(answer.markdown)
                    let room = max(limit, Rendering.leastLimit)
                    #expect(chunks.allSatisfy { Self.count($0.text, rendering.unit) <= room })
                    #expect(chunks.allSatisfy { Self.count($0.plain, rendering.unit) <= room })
                }
            }
        }
    }
}
