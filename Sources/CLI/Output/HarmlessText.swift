extension String {
    /// A text of several lines from outside: line feeds and tabs lay it out, all else that could steer a terminal is
    /// written out. Each piece of a longer text can be treated by itself.
    var harmless: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": result.unicodeScalars.append(scalar)
            case "\t": result += "    "
            case "\r": break
            case "\u{2028}", "\u{2029}": result += "\n"
            default: result += String(scalar).shown
            }
        }
        return result
    }
}
