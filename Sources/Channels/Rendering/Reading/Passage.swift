/// A piece of an answer that stands on its own: a paragraph, a heading, a block of code. An answer is a row of them;
/// lists and quotes are told as the way to each, so that any part of the row can be written by itself.
struct Passage: Equatable, Sendable {
    /// What it is.
    enum Kind: Equatable, Sendable {
        case paragraph
        case heading(Int)
        case code(language: String)
        case rule
        case table(MarkdownTable)
    }

    /// A quote or an item of a list.
    struct Container: Equatable, Sendable {
        /// What it is.
        enum Kind: Equatable, Sendable {
            case quote
            case bullet
            case ordered(Int)
        }

        var kind: Kind
        /// Items of one list have the same; so have the passages of one quote.
        var group: Int
        /// No other container of the answer has it.
        var id: Int
        /// Nothing of it stands before the passage.
        var isFresh: Bool
    }

    var kind: Kind
    /// The outermost first.
    var path: [Container] = []
    /// Whether an empty line stood before it.
    var hasGap = false
    var text = InlineText()
}

/// The cells of a table by rows, the head first. Rows may differ in length.
struct MarkdownTable: Equatable, Sendable {
    /// Which side a column keeps to.
    enum Alignment: Equatable, Sendable {
        case left, center, right
    }

    var alignments: [Alignment]
    var rows: [[InlineText]]
}
