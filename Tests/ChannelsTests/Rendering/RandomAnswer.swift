import Support

/// An answer as a model might write it, from a seed, and its words in their order. No word is part of another.
struct RandomAnswer {
    private(set) var words: [String] = []
    private(set) var markdown = ""
    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        for _ in 0..<Int.random(in: 1...14, using: &random) { block(prefix: "", depth: 0) }
    }

    private mutating func pick<T>(_ choices: [T]) -> T { choices.randomElement(using: &random)! }

    private mutating func word() -> String {
        let tails = ["", "", "", "é", "中文", "👩‍👩‍👧", "🇨🇭", "<", "&", ">", "\"", ".", ",", "!", "_", "~", "#", "|", "(", "]"]
        let word = "w\(words.count)z"
        words.append(word)
        return word + pick(tails)
    }

    private mutating func phrase(_ most: Int) -> String {
        (0..<Int.random(in: 1...most, using: &random)).map { _ in word() }.joined(separator: " ")
    }

    private mutating func text(_ most: Int) -> String {
        var parts: [String] = []
        for _ in 0..<Int.random(in: 1...max(1, most / 4), using: &random) {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: parts.append("**" + phrase(4) + "**")
            case 1: parts.append("*" + phrase(3) + "*")
            case 2: parts.append("~~" + phrase(3) + "~~")
            case 3: parts.append("`" + phrase(3) + "`")
            case 4: parts.append("[" + phrase(3) + "](https://x.org/p?a=1&b=2)")
            case 5: parts.append("**" + word() + " *" + phrase(2) + "* " + word() + "**")
            case 6: parts.append("https://x.org/" + word())
            case 7: parts.append("***" + word() + "** " + word() + "*")
            case 8: parts.append("![" + word() + "](https://x.org/i.png)")
            default: parts.append(phrase(6))
            }
        }
        return parts.joined(separator: " ")
    }

    private mutating func block(prefix: String, depth: Int) {
        var lines: [String] = []
        switch Int.random(in: 0..<(depth < 3 ? 12 : 6), using: &random) {
        case 0: lines = [String(repeating: "#", count: Int.random(in: 1...6, using: &random)) + " " + text(8)]
        case 1:
            lines = ["```" + pick(["", "swift", "c++"])]
            for _ in 0..<Int.random(in: 1...25, using: &random) { lines.append(pick(["", "  ", "\t"]) + phrase(6)) }
            lines.append("```")
        case 2: lines = ["***"]
        case 3:
            let columns = Int.random(in: 1...4, using: &random)
            lines = [row(columns), "|" + String(repeating: "---|", count: columns)]
            for _ in 0..<Int.random(in: 0...5, using: &random) { lines.append(row(columns)) }
        case 6, 7, 8:
            let isOrdered = Bool.random(using: &random)
            for index in 0..<Int.random(in: 1...6, using: &random) {
                let marker = isOrdered ? "\(index + 1). " : "- "
                markdown += prefix + marker + text(12) + "\n"
                if Int.random(in: 0..<4, using: &random) == 0 {
                    block(prefix: prefix + String(repeating: " ", count: marker.count), depth: depth + 1)
                }
            }
        case 9:
            block(prefix: prefix + "> ", depth: depth + 1)
        default:
            for _ in 0..<Int.random(in: 1...4, using: &random) { lines.append(text(40)) }
        }
        for line in lines { markdown += prefix + line + "\n" }
        markdown += prefix + "\n"
    }

    private mutating func row(_ columns: Int) -> String {
        var row = "|"
        for _ in 0..<columns {
            words.append("w\(words.count)z")
            row += " " + pick(["", "**"]) + words[words.count - 1] + " |"
        }
        return row
    }
}
