extension StringProtocol where SubSequence == Substring {
    /// Without the white space at either end.
    package var withoutOuterSpace: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
