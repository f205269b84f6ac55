/// The comments of a JSON5 text.
enum CommentText {
    /// `text`, which is well formed, with `change` made to each of its comments.
    static func replaced(in text: [UInt8], _ change: ([UInt8]) -> [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let end = endOfComment(text, index)
            if end > index {
                result += change(Array(text[index..<end]))
                index = end
                continue
            }
            let next =
                text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "'")
                ? endOfString(text, index) : index + 1
            result += text[index..<next]
            index = next
        }
        return result
    }

    /// `text` with the comments of `old` in it that `change` made other ones of: whoever was shown those sends them back.
    static func restored(_ text: [UInt8], from old: [UInt8], _ change: ([UInt8]) -> [UInt8]) -> [UInt8] {
        var originals: [[UInt8]: [UInt8]] = [:]
        _ = replaced(in: old) { comment in
            let shown = change(comment)
            if shown != comment { originals[shown] = comment }
            return comment
        }
        return originals.isEmpty ? text : replaced(in: text) { originals[$0] ?? $0 }
    }

    /// `start` itself where no comment begins.
    private static func endOfComment(_ text: [UInt8], _ start: Int) -> Int {
        guard text[start] == UInt8(ascii: "/"), start + 1 < text.count else { return start }
        var index = start + 2
        switch text[start + 1] {
        case UInt8(ascii: "/"):
            while index < text.count, !isLineEnd(text, index) { index += 1 }
            return index
        case UInt8(ascii: "*"):
            while index + 1 < text.count, text[index] != UInt8(ascii: "*") || text[index + 1] != UInt8(ascii: "/") {
                index += 1
            }
            return min(index + 2, text.count)
        default: return start
        }
    }

    /// JSON5 ends a line at U+2028 and U+2029 too.
    private static func isLineEnd(_ text: [UInt8], _ index: Int) -> Bool {
        if text[index] == 0x0a || text[index] == 0x0d { return true }
        return text[index] == 0xe2 && index + 2 < text.count && text[index + 1] == 0x80
            && (text[index + 2] == 0xa8 || text[index + 2] == 0xa9)
    }

    private static func endOfString(_ text: [UInt8], _ start: Int) -> Int {
        var index = start + 1
        while index < text.count, text[index] != text[start] { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(index + 1, text.count)
    }
}
