/// Reads a tar archive that comes in pieces. Only files and directories are known to it, with names that stay within
/// the place they are unpacked to: links, devices and all else are refused by name.
package struct TarReader {
    /// What a piece of the archive turned out to be.
    package enum Part: Hashable, Sendable {
        case entry(TarEntry)
        /// Of the file that was announced last.
        case content(ArraySlice<UInt8>)
        /// The file is complete.
        case fileEnd
    }

    static let recordLimit = 64 * 1024

    private enum State {
        case header
        /// Extended records: how many bytes they have.
        case records(Int)
        case content(left: Int, padding: Int)
        case padding(Int)
        case ended
    }

    private var state = State.header
    private var pending: [UInt8] = []
    private var records: [String: String] = [:]
    private var emptyBlocks = 0
    private var names: Set<SafePath> = []

    package init() {}

    /// Whether the end of the archive was reached.
    package var isComplete: Bool {
        if case .ended = state { true } else { false }
    }

    /// What the next bytes of the archive hold.
    package mutating func read(_ bytes: ArraySlice<UInt8>) throws(ArchiveError) -> [Part] {
        var rest = bytes
        var parts: [Part] = []
        while !rest.isEmpty {
            switch state {
            case .header:
                guard let block = gather(&rest, TarBlock.size) else { return parts }
                guard let entry = try header(block) else { continue }
                parts.append(.entry(entry))
                guard entry.kind == .file else { continue }
                state = .content(left: entry.size, padding: TarBlock.padding(after: entry.size))
                if entry.size == 0 { endFile(padding: 0, &parts) }
            case .records(let size):
                guard let block = gather(&rest, size + TarBlock.padding(after: size)) else { return parts }
                state = .header
                try readRecords(Array(block.prefix(size)))
            case .content(let left, let padding):
                let piece = rest.prefix(left)
                rest = rest.dropFirst(piece.count)
                parts.append(.content(piece))
                state = .content(left: left - piece.count, padding: padding)
                if piece.count == left { endFile(padding: padding, &parts) }
            case .padding(let left):
                let count = min(left, rest.count)
                rest = rest.dropFirst(count)
                state = count == left ? .header : .padding(left - count)
            case .ended:
                guard rest.allSatisfy({ $0 == 0 }) else { throw .damaged("something follows its end") }
                return parts
            }
        }
        return parts
    }

    private mutating func endFile(padding: Int, _ parts: inout [Part]) {
        parts.append(.fileEnd)
        state = padding == 0 ? .header : .padding(padding)
    }

    /// Nil while there are fewer bytes than `count`.
    private mutating func gather(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> [UInt8]? {
        let piece = rest.prefix(count - pending.count)
        pending += piece
        rest = rest.dropFirst(piece.count)
        guard pending.count == count else { return nil }
        defer { pending = [] }
        return pending
    }

    /// Nil where the block belongs to another one, or to the archive's end.
    private mutating func header(_ block: [UInt8]) throws(ArchiveError) -> TarEntry? {
        if block.allSatisfy({ $0 == 0 }) {
            emptyBlocks += 1
            if emptyBlocks == 2 { state = .ended }
            return nil
        }
        guard emptyBlocks == 0 else { throw .damaged("an entry follows its end") }
        guard let sum = octal(block, TarBlock.checksum), sum == TarBlock.sum(block) else {
            throw .damaged("the checksum of a header is wrong")
        }
        let name = field(block, TarBlock.prefix).isEmpty ? [] : field(block, TarBlock.prefix) + [UInt8(ascii: "/")]
        let path = records["path"].map { Array($0.utf8) } ?? name + field(block, TarBlock.name)
        guard let length = records["size"].map({ Int($0) }) ?? octal(block, TarBlock.length), length >= 0,
            let mode = octal(block, TarBlock.mode), let time = octal(block, TarBlock.time)
        else { throw .damaged("a header has a field that is no number") }
        let type = block[TarBlock.type]
        if type == UInt8(ascii: "x") {
            guard length <= Self.recordLimit, records.isEmpty else { throw .damaged("extended records are too long") }
            if length > 0 { state = .records(length) }
            return nil
        }
        records = [:]
        let kind = try kind(type, path)
        return TarEntry(
            try safe(path, kind), kind, size: kind == .file ? length : 0, mode: UInt16(mode & 0o777), modified: time)
    }

    private func kind(_ type: UInt8, _ path: [UInt8]) throws(ArchiveError) -> TarEntry.Kind {
        let reason: String
        switch type {
        case 0, UInt8(ascii: "0"): return .file
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "1"), UInt8(ascii: "2"): reason = "it is a link"
        case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"): reason = "it is a device or a pipe"
        default: reason = "it is neither a file nor a directory"
        }
        throw .refused(entry: String(decoding: path.prefix(128), as: UTF8.self), reason: reason)
    }

    private mutating func safe(_ path: [UInt8], _ kind: TarEntry.Kind) throws(ArchiveError) -> SafePath {
        let shown = String(decoding: path.prefix(128), as: UTF8.self)
        let isMarked = kind == .directory && path.last == UInt8(ascii: "/")
        let name: SafePath
        do throws(FileError) {
            name = try SafePath(bytes: isMarked ? Array(path.dropLast()) : path)
        } catch {
            guard case .refused(_, let reason) = error else { throw .refused(entry: shown, reason: "\(error)") }
            throw .refused(entry: shown, reason: reason.rawValue)
        }
        guard names.insert(name).inserted else { throw .refused(entry: shown, reason: "it is there twice") }
        return name
    }

    /// `<length> <key>=<value>\n`, one after another.
    private mutating func readRecords(_ bytes: [UInt8]) throws(ArchiveError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > space - rest.startIndex + 2,
                length <= rest.count, rest[rest.startIndex + length - 1] == 0x0a
            else { throw .damaged("an extended record is not well formed") }
            let body = rest[(space + 1)..<(rest.startIndex + length - 1)]
            guard let sign = body.firstIndex(of: UInt8(ascii: "=")) else {
                throw .damaged("an extended record is not well formed")
            }
            records[String(decoding: body[..<sign], as: UTF8.self)] = String(
                decoding: body[(sign + 1)...], as: UTF8.self)
            rest = rest.dropFirst(length)
        }
    }

    private func field(_ block: [UInt8], _ range: Range<Int>) -> [UInt8] { Array(block[range].prefix { $0 != 0 }) }

    private func octal(_ block: [UInt8], _ range: Range<Int>) -> Int? {
        let digits = block[range].filter { $0 != 0 && $0 != 0x20 }
        return digits.isEmpty ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
