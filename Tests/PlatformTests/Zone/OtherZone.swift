import Glibc

/// Time zones as the C library knows them, without a change of this process's own.
enum OtherZone {
    struct NoAnswer: Error {}

    /// Asked of `date`, which takes the moments from standard input.
    static func offsets(of name: String, at moments: [Int64]) throws -> [Int] {
        var directory = Array("/tmp/openclaw-zone-XXXXXX".utf8CString)
        guard mkdtemp(&directory) != nil else { throw NoAnswer() }
        let path = String(decoding: directory.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            unlink(path + "/in")
            rmdir(path)
        }
        guard let file = fopen(path + "/in", "w") else { throw NoAnswer() }
        for moment in moments { fputs("@\(moment)\n", file) }
        fclose(file)
        guard let pipe = popen("TZ=\(name) date -f \(path)/in +%::z", "r") else { throw NoAnswer() }
        defer { pclose(pipe) }
        var offsets: [Int] = []
        var line = [CChar](repeating: 0, count: 64)
        while fgets(&line, 64, pipe) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let parts = text.dropFirst().split(separator: ":").compactMap { Int($0) }
            guard parts.count == 3 else { throw NoAnswer() }
            let seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
            offsets.append(text.hasPrefix("-") ? -seconds : seconds)
        }
        return offsets
    }
}
