import CAssets
import Platform
import Wire

/// The web files inside this program. They stay where the linker put them until somebody asks for one.
struct ControlAssets: Sendable {
    static let builtIn = ControlAssets()
    /// Of one file, inflated.
    private static let fileLimit = 1 << 20

    /// Of all files together: a page of another version names another folder.
    let digest: String
    private let places: [String: Range<Int>]

    private init() {
        var lines: [String] = []
        var at = 0
        while at < Int(web_size()) {
            var line: [UInt8] = []
            while case let byte = web_byte(Int32(at)), byte != ASCII.lineFeed {
                line.append(byte)
                at += 1
            }
            at += 1
            if line.isEmpty { break }
            lines.append(String(decoding: line, as: UTF8.self))
        }
        digest = lines.first ?? ""
        var places: [String: Range<Int>] = [:]
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            guard words.count == 2, let length = Int(words[1]) else { continue }
            places[String(words[0])] = at..<at + length
            at += length
        }
        self.places = places
    }

    var names: [String] { places.keys.sorted() }

    /// A file as gzip, which is how it is kept.
    func compressed(_ name: String) -> [UInt8]? {
        places[name].map { place in place.map { web_byte(Int32($0)) } }
    }

    /// The same for the few clients that do not take gzip.
    func plain(_ name: String) -> [UInt8]? {
        guard let packed = compressed(name) else { return nil }
        var decoder = ContentDecoder(.gzip, limit: Self.fileLimit)
        var (text, offset) = ([UInt8](), 0)
        while let progress = try? decoder.decode(packed.span, from: &offset, appendingTo: &text) {
            if progress == .needsInput { return text }
        }
        return nil
    }
}
