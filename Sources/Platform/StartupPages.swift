#if os(Linux)
import CLinux
import Glibc
#endif

/// Code that only the start needed. A Swift process touches several megabytes of it once (metadata, conformances,
/// initialisers), and the kernel maps 64 KiB around each touch; afterwards it stays in the process's resident set
/// until memory is short.
package enum StartupPages {
    /// Gives the pages of all program text back to the page cache. What is needed again comes back from there without
    /// I/O. Only mappings that are executable and not writable are touched: they hold what the files hold, never
    /// anything relocated.
    package static func release() {
        #if os(Linux)
        guard let maps = fopen("/proc/self/maps", "re") else { return }
        defer { fclose(maps) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), maps) != nil {
            let words = line.prefix { $0 != 0 }.split(separator: 32)
            guard words.count >= 6, words[1].elementsEqual("r-xp".utf8.map { CChar($0) }), words[5].first == 47,
                let dash = words[0].firstIndex(of: 45),
                let start = address(words[0][..<dash]), let end = address(words[0][(dash + 1)...]), start < end
            else { continue }
            madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED)
        }
        #endif
    }

    private static func address(_ digits: ArraySlice<CChar>) -> UInt? {
        UInt(String(decoding: digits.map { UInt8(bitPattern: $0) }, as: UTF8.self), radix: 16)
    }
}
