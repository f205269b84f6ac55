/// Cuts a row of passages into messages. It fills one after the other by what has been written, tags and escapes and all,
/// and cuts between passages if it can, within one if it must.
struct Chunker {
    var passages: [Passage]
    let rendering: Rendering
    let limit: Int
    let mostLines: Int
    private var rendered: [RenderedChunk] = []
    /// How much was written in all, tries included: tests hold it against the length of the text.
    private(set) var steps = 0

    init(_ passages: [Passage], _ rendering: Rendering) {
        self.passages = passages
        self.rendering = rendering
        limit = max(rendering.limit, Rendering.leastLimit)
        mostLines = rendering.mostLines.map { max($0, Rendering.fewestLines) } ?? Int.max
    }

    /// A message that is being written, in markup and without.
    struct Draft {
        var rich: any PassageWriter
        /// Not needed where the other has no markup either.
        var plain: (any PassageWriter)?

        mutating func append(_ passage: Passage, _ range: Range<Int>) {
            rich.append(passage, range)
            plain?.append(passage, range)
        }

        var count: Int { max(rich.count, plain?.count ?? 0) }
        var lines: Int { max(rich.lines, plain?.lines ?? 0) }
    }

    mutating func chunks() -> [RenderedChunk] {
        var place = (index: 0, offset: 0)
        while place.index < passages.count {
            let (end, sizes) = fill(from: place)
            if end == passages.count || end > place.index && isMessageEnd(before: end) {
                place = write(from: place, to: end)
            } else if end > place.index, isFull(sizes[sizes.count - 1]) || fitsAlone(end) {
                place = write(from: place, to: boundary(from: place.index, end, sizes))
            } else {
                place = split(from: place, end)
            }
        }
        return rendered
    }

    /// How many passages fit as a whole, and how full the message is after each.
    private mutating func fill(from place: (index: Int, offset: Int)) -> (end: Int, sizes: [(count: Int, lines: Int)]) {
        var draft = draft()
        var sizes: [(count: Int, lines: Int)] = []
        var start = place.offset
        var index = place.index
        while index < passages.count {
            steps += 1
            let passage = passages[index]
            if index > place.index, isMessageEnd(before: index) { break }
            guard reach(passage, start) == passage.text.bytes.count else { break }
            draft.append(passage, start..<passage.text.bytes.count)
            guard fits(draft) else { break }
            steps += passage.text.bytes.count - start + 1
            sizes.append((draft.count, draft.lines))
            index += 1
            start = 0
        }
        return (index, sizes)
    }

    private func isMessageEnd(before index: Int) -> Bool {
        guard rendering.mode == .newline, passages[index].hasGap else { return false }
        guard let one = passages[index - 1].path.first, let other = passages[index].path.first else { return true }
        return one.group != other.group
    }

    /// Whether cutting here wastes less than half a message.
    private func isFull(_ size: (count: Int, lines: Int)) -> Bool {
        size.count >= limit / 2 || size.lines >= mostLines / 2
    }

    private mutating func fitsAlone(_ index: Int) -> Bool {
        let all = passages[index].text.bytes.count
        guard reach(passages[index], 0) == all else { return false }
        var draft = draft()
        draft.append(passages[index], 0..<all)
        steps += draft.count
        return fits(draft)
    }

    /// The best place between passages: before an empty line, unless that leaves the message half empty, and not right
    /// after a heading.
    private func boundary(from start: Int, _ end: Int, _ sizes: [(count: Int, lines: Int)]) -> Int {
        var best = end
        for index in stride(from: end, to: start, by: -1) where passages[index].hasGap {
            if isFull(sizes[index - start - 1]) || index == end { best = index }
            break
        }
        var kept = best
        while kept > start, case .heading = passages[kept - 1].kind { kept -= 1 }
        return kept > start ? kept : best
    }

    /// Writes whole passages, but for the part of the first that was written before.
    private mutating func write(from place: (index: Int, offset: Int), to end: Int) -> (index: Int, offset: Int) {
        finish(draft(from: place, to: end))
        return (end, 0)
    }

    /// Fills the message with the beginning of a passage.
    private mutating func split(from place: (index: Int, offset: Int), _ end: Int) -> (index: Int, offset: Int) {
        let start = end == place.index ? place.offset : 0
        let passage = passages[end]
        let before = draft(from: place, to: end)
        guard let longest = longestPart(of: passage, from: start, after: before) else {
            if end > place.index {
                finish(before)
                return (end, start)
            }
            // Not one sign fits beside what stands around it: the words matter more.
            passages[end] = passage.bare(from: start)
            return (end, 0)
        }
        // The nicest place first. A part can take more room than one that is longer, if it ends before the backtick that
        // keeps a word from being code.
        let cuts = [passage.cut(from: start, to: longest), passage.hard(start, longest), (end: longest, next: longest)]
        if end > place.index, passage.tears(at: cuts[0].end), passage.tears(at: cuts[0].next) {
            // A message of its own may spare the word.
            finish(before)
            return (end, start)
        }
        for cut in cuts {
            var draft = before
            draft.append(passage, start..<cut.end)
            guard fits(draft) || cut.end == longest else { continue }
            finish(draft)
            return cut.next < passage.text.bytes.count ? (end, cut.next) : (end + 1, 0)
        }
        return place
    }

    /// The end of the longest beginning that fits. What is written never gets shorter as more is to be said.
    private mutating func longestPart(of passage: Passage, from start: Int, after before: Draft) -> Int? {
        var low = start
        var high = reach(passage, start)
        while low < high {
            let middle = (low + high + 1) / 2
            let end = passage.boundary(from: middle)
            var draft = before
            draft.append(passage, start..<end)
            steps += draft.count
            if fits(draft) { low = end } else { high = passage.boundary(upTo: middle - 1) }
        }
        if low > start { return low }
        // One sign is written even if there is no room, once nothing is around it.
        return passage.isBare && before.count == 0 ? passage.boundary(from: start + 1) : nil
    }

    private func fits(_ draft: Draft) -> Bool { draft.count <= limit && draft.lines <= mostLines }

    private func draft() -> Draft {
        Draft(
            rich: rendering.writer(),
            plain: rendering.format == .plain ? nil : TextWriter(PlainDialect(), rendering.unit))
    }

    private func draft(from place: (index: Int, offset: Int), to end: Int) -> Draft {
        var draft = draft()
        for index in place.index..<end {
            let start = index == place.index ? place.offset : 0
            draft.append(passages[index], start..<passages[index].text.bytes.count)
        }
        return draft
    }

    private mutating func finish(_ draft: Draft) {
        let text = draft.rich.finished()
        rendered.append(RenderedChunk(text: text, plain: draft.plain?.finished() ?? text))
    }

    /// How far a passage could be written at most, markup aside. It bounds what is tried.
    private func reach(_ passage: Passage, _ start: Int) -> Int {
        var count = 0
        var lines = 1
        let bytes = passage.text.bytes
        for index in start..<bytes.count {
            count += rendering.unit.weight(bytes[index])
            if bytes[index] == 0x0A { lines += 1 }
            if count > limit || lines > mostLines { return passage.boundary(upTo: index) }
        }
        return bytes.count
    }
}

extension Passage {
    fileprivate var isBare: Bool {
        path.isEmpty && kind == .paragraph && !text.isEmpty
            && text.spans.allSatisfy { $0.style.isEmpty && $0.link == nil }
    }

    /// What is left of it as words alone.
    fileprivate func bare(from start: Int) -> Passage {
        let words = text.part(start..<text.bytes.count).spellingOut(linksLongerThan: 0)
        return Passage(kind: .paragraph, hasGap: hasGap, text: InlineText(words.bytes))
    }
}
