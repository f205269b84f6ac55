import Support
import Testing
import Wire

@Suite struct UTF8ValidatorTests {
    /// Both ends of every class of bytes that RFC 3629 section 4 tells apart.
    private let classes: [UInt8] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
        0xf0,
        0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ]

    private func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// Whether some text begins so: it does if one of these ends fits, which cover what each first byte allows.
    private func begins(_ bytes: [UInt8]) -> Bool {
        isText(bytes)
            || [0x80, 0x90, 0xa0].contains { first in
                (0...2).contains { isText(bytes + [first] + [UInt8](repeating: 0x80, count: $0)) }
            }
    }

    private func verdict(_ pieces: [[UInt8]]) -> (accepted: Bool, complete: Bool) {
        var validator = UTF8Validator()
        for piece in pieces where !validator.accept(piece.span) { return (false, false) }
        return (true, validator.isComplete)
    }

    @Test func everySequenceOfClassesIsJudgedAtItsFirstImpossibleByte() {
        var judged = 0
        var wrong: [[[UInt8]]] = []
        func walk(_ prefix: [UInt8]) {
            for byte in classes {
                let bytes = prefix + [byte]
                let isPossible = begins(bytes)
                judged += 1
                for cut in 0...prefix.count {
                    let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
                    if verdict(pieces) != (isPossible, isPossible && isText(bytes)) { wrong.append(pieces) }
                }
                if isPossible, bytes.count < 4 { walk(bytes) }
            }
        }
        walk([])
        #expect(wrong == [])
        #expect(judged > 10_000)
    }

    /// Four bytes at once: rules that need several bytes are applied to them together.
    @Test func everyFourBytesAreJudgedTogether() {
        let tails: [UInt8] = [0x7f, 0x80, 0xbf, 0xc0]
        var wrong: [[UInt8]] = []
        for first in classes {
            for second in classes {
                for third in tails {
                    for fourth in tails {
                        let bytes = [first, second, third, fourth]
                        let (accepted, complete) = verdict([bytes])
                        if (accepted && complete) != isText(bytes) { wrong.append(bytes) }
                    }
                }
            }
        }
        #expect(wrong == [])
    }

    @Test func everyCharacterOfTwoBytesIsJudged() {
        var wrong: [[UInt8]] = []
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let (accepted, complete) = verdict([[first, second]])
                if (accepted && complete) != isText([first, second]) { wrong.append([first, second]) }
            }
        }
        #expect(wrong == [])
    }

    @Test func charactersAreFollowedAcrossBlocksAndEveryCut() {
        for before in 0..<70 {
            for character in ["é", "€", "\u{d7ff}", "\u{e000}", "😀", "\u{10ffff}"] {
                let bytes = Array((String(repeating: "a", count: before) + character + "tail of the text").utf8)
                for cut in bytes.indices {
                    let (accepted, complete) = verdict([Array(bytes[..<cut]), Array(bytes[cut...])])
                    #expect(accepted && complete, "\(before) \(character) cut at \(cut)")
                }
            }
        }
    }

    @Test func aBadByteIsFoundAnywhere() {
        for length in 1..<100 {
            for position in 0..<length {
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes[position] = 0xff
                #expect(!verdict([bytes]).accepted, "\(position) of \(length)")
            }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func damagedTextIsJudgedLikeTheStandardLibraryDoes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let alphabet = Array("aaaaaaaaaaaaaaaaaaéß漢字😀\u{7ff}\u{800}\u{ffff}")
        for _ in 0..<100 {
            let length = Int.random(in: 0..<120, using: &random)
            var bytes = Array(String((0..<length).map { _ in alphabet.randomElement(using: &random)! }).utf8)
            if Bool.random(using: &random), !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            for pieces in cuts(of: bytes, seeds: seed..<(seed + 3)) {
                let (accepted, complete) = verdict(pieces)
                #expect((accepted && complete) == isText(bytes), "\(bytes)")
            }
        }
    }
}
