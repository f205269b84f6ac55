/// Lines of several appends, made in one piece.
struct TranscriptBatch: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var entries: [NumberedEntry] = []
    private(set) var refusals: [SessionError?] = []

    init(_ groups: [[TranscriptEntry]], after seq: Int, limit: Int = TranscriptLine.limit) {
        var seq = seq
        for group in groups {
            var lines: [UInt8] = []
            var numbered: [NumberedEntry] = []
            var refusal: SessionError?
            for entry in group {
                let one = NumberedEntry(seq: seq + numbered.count + 1, entry: entry.kept)
                let line = TranscriptLine(.entry(one.entry), seq: one.seq).bytes
                if line.count > limit { refusal = .tooLarge(bytes: line.count, limit: limit) }
                lines += line
                numbered.append(one)
            }
            refusals.append(refusal)
            guard refusal == nil else { continue }
            bytes += lines
            entries += numbered
            seq += numbered.count
        }
    }
}
