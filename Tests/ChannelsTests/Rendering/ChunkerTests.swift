import Testing

@testable import Channels

/// Where messages end.
struct ChunkerTests {
    private func texts(_ rendering: Rendering, _ markdown: String) -> [String] {
        rendering.chunks(markdown).map(\.text)
    }

    @Test(arguments: [
        (Rendering.telegram(limit: 100), "é", 1), (.telegram(limit: 100), "😀", 1), (.telegram(limit: 100), "<", 4),
        (.discord(limit: 100), "é", 1), (.discord(limit: 100), "😀", 2), (.discord(limit: 100), "<", 1),
        (.slack(limit: 100), "é", 2), (.slack(limit: 100), "😀", 4), (.slack(limit: 100), "&", 5),
        (.plain(limit: 100), "é", 2), (.plain(limit: 100), "😀", 4), (.plain(limit: 100), "<", 1),
        (.rocketChat(limit: 100), "😀", 2),
    ])
    func eachPlatformCountsInItsOwnWay(_ rendering: Rendering, _ sign: String, _ weight: Int) {
        for room in 99...101 {
            let signs = room / weight
            let rest = room - signs * weight
            let text = String(repeating: sign, count: signs) + String(repeating: "a", count: rest)
            #expect(texts(rendering, text).count == (room <= 100 ? 1 : 2), "\(sign) \(room)")
            #expect(rendering.chunks(text).map(\.plain).joined() == text)
        }
    }

    @Test func tagsCount() {
        let rendering = Rendering.telegram(limit: 30)
        for (letters, messages) in [(22, 1), (23, 1), (24, 2)] {
            let chunks = texts(rendering, "**" + String(repeating: "a", count: letters) + "**")
            #expect(chunks.count == messages)
            #expect(chunks.allSatisfy { $0.hasPrefix("<b>") && $0.hasSuffix("</b>") && $0.count <= 30 })
        }
    }

    @Test func theHeightOfAMessageCounts() {
        for (lines, messages) in [(16, 1), (17, 1), (18, 2)] {
            let text = (1...lines).map { "l\($0)" }.joined(separator: "\n")
            #expect(texts(.discord(), text).count == messages)
            #expect(texts(.discord(mostLines: nil), text).count == 1)
        }
        let code = "```c\n" + (1...16).map { "l\($0)" }.joined(separator: "\n") + "\n```"
        #expect(texts(.discord(), code).count == 2)
        #expect(texts(.discord(), code).allSatisfy { $0.hasPrefix("```c\n") && $0.hasSuffix("\n```") })
    }

    @Test func paragraphsBeforeLinesBeforeSentencesBeforeWords() {
        let limit = Rendering.plain(limit: 40)
        #expect(
            texts(limit, "aaaa aaaa aaaa aaaa aaaa\n\nbbbb bbbb\nbbbb bbbb")
                == ["aaaa aaaa aaaa aaaa aaaa", "bbbb bbbb\nbbbb bbbb"])
        #expect(
            texts(limit, "aaaa aaaa aaaa aaaa aaaa aaaa\nbbb. bbbb bbbb")
                == ["aaaa aaaa aaaa aaaa aaaa aaaa", "bbb. bbbb bbbb"])
        #expect(
            texts(limit, "aaaa aaaa aaaa aaaa aaaa aaaa. bbbb bbbb bbbb")
                == ["aaaa aaaa aaaa aaaa aaaa aaaa.", "bbbb bbbb bbbb"])
        #expect(
            texts(limit, "aaaa aaaa aaaa aaaa aaaa aaaa aaaa bbbbbbb bbbb")
                == ["aaaa aaaa aaaa aaaa aaaa aaaa aaaa", "bbbbbbb bbbb"])
        #expect(texts(Rendering.plain(limit: 30), "中中中中中中。中中中中") == ["中中中中中中。", "中中中中"])
    }

    @Test func aCharacterIsNotTornWhereThatCanBe() {
        let family = "👩‍👩‍👧"
        let chunks = texts(.discord(limit: 20), String(repeating: family, count: 5))
        #expect(chunks == [family + family, family + family, family])
        // One that is longer than a message is torn between scalars.
        let tower = "e" + String(repeating: "\u{301}", count: 40)
        let torn = texts(.plain(limit: 17), tower)
        #expect(
            torn.allSatisfy { $0.utf8.count <= 17 } && torn.joined().unicodeScalars.elementsEqual(tower.unicodeScalars))
    }

    @Test func codeIsClosedAndOpenedAgain() {
        let lines = (1...6).map { "line number \($0)" }
        let code = "before\n\n```swift\n" + lines.joined(separator: "\n") + "\n```\nafter"
        let chunks = texts(.telegram(limit: 100), code)
        let (start, end) = ("<pre><code class=\"language-swift\">", "</code></pre>")
        #expect(
            chunks == [
                "before\n\n" + start + lines[..<3].joined(separator: "\n") + end,
                start + lines[3...].joined(separator: "\n") + end + "\nafter",
            ])
        for chunk in texts(.slack(limit: 60), code) {
            #expect(chunk.split(separator: "```", omittingEmptySubsequences: false).count != 2)
        }
    }

    @Test func aHeadingStaysWithWhatItHeads() {
        #expect(
            texts(.plain(limit: 40), "aaaa aaaa aaaa aaaa aaaa\n\n# Head\n\nbbbb bbbb bbbb bbbb")
                == ["aaaa aaaa aaaa aaaa aaaa", "Head\n\nbbbb bbbb bbbb bbbb"])
    }

    @Test func aListGoesOnWithoutItsMark() {
        let chunks = texts(.plain(limit: 24), "7. aaaa aaaa aaaa aaaa aaaa bbbb\n8. c")
        #expect(chunks == ["7. aaaa aaaa aaaa aaaa", "   aaaa bbbb\n8. c"])
        let html = texts(.matrix(limit: 50), "7. aaaa aaaa aaaa aaaa aaaa aaaa bbbb\n8. c")
        #expect(html.allSatisfy { $0.hasPrefix("<ol start=") && $0.hasSuffix("</li></ol>") })
    }

    @Test func newlineModeEndsAMessageAtEveryEmptyLine() {
        var rendering = Rendering.plain(limit: 200)
        rendering.mode = .newline
        let text = "a\nb\n\n- c\n\n- d\n\n```\ne\n\nf\n```\n\ng"
        #expect(texts(rendering, text) == ["a\nb", "• c\n\n• d", "e\n\nf", "g"])
        rendering.mode = .length
        #expect(texts(rendering, text) == ["a\nb\n\n• c\n\n• d\n\ne\n\nf\n\ng"])
    }

    @Test func aLinkIsSpelledOutWhereItTakesTooMuchRoom() {
        let address = "https://x.org/" + String(repeating: "a", count: 60)
        #expect(
            texts(.slack(limit: 100), "see [this](\(address)) now").joined(separator: " ")
                == "see this (\(address)) now")
        // Its signs take five times their room once they are spelled out.
        let signs = "https://x.org/?" + String(repeating: "&", count: 18)
        let chunks = Rendering.telegram(limit: 100).chunks("[this](\(signs))")
        #expect(chunks.map(\.plain).joined().contains("this") && chunks.map(\.plain).joined().contains(signs))
        #expect(chunks.allSatisfy { $0.text.unicodeScalars.count <= 100 })
    }

    @Test func nothingIsNoMessage() {
        for text in ["", "\n", " \t\n", "\u{0}"] { #expect(texts(.telegram(), text) == []) }
    }
}
