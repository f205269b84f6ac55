#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Where the files of the log are, and how much they may take.
package struct LogPlace: Hashable, Sendable {
    package static let defaultFileBytes = 10 * 1024 * 1024
    package static let defaultFiles = 5

    package var directory: String
    /// Nil for the default profile.
    package var profile: String?
    /// A file that would grow beyond this is put aside and a new one begun.
    package var fileBytes: Int
    /// Files of this profile, the present one among them. Together they never take more than so many times `fileBytes`.
    package var files: Int

    package init(
        directory: String, profile: String? = nil, fileBytes: Int = defaultFileBytes, files: Int = defaultFiles
    ) {
        self.directory = directory
        self.profile = profile
        self.fileBytes = fileBytes
        self.files = max(1, files)
    }

    /// The file that lines of `time` go to. Its day is that of UTC, as the times within are: no day has 23 or 25 hours,
    /// and a machine that moves or changes its zone does not write into the past.
    package func path(at time: WallTime) -> String { path(day: CalendarDate(time).dateText) }

    /// The file that was written last; nil where there is none. Blocks.
    package func newest() -> String? {
        let found = ((try? directoryNames(directory)) ?? []).compactMap(parse)
        // The present file of a day is newer than those put aside.
        let last = found.max { ($0.day, $0.number ?? .max) < ($1.day, $1.number ?? .max) }
        return last.map { path(day: $0.day, number: $0.number) }
    }

    func path(day: String, number: Int? = nil) -> String {
        directory + "/" + stem + "-" + day + (number.map { ".\($0)" } ?? "") + ".log"
    }

    private var stem: String { profile.map { "openclaw-\($0)" } ?? "openclaw" }

    /// Day and number of a file of this profile; nil for any other name. The present file of a day has no number, the
    /// ones put aside count from 1, the oldest.
    func parse(_ name: String) -> (day: String, number: Int?)? {
        guard name.hasPrefix(stem + "-"), name.hasSuffix(".log") else { return nil }
        let middle = Array(name.utf8.dropFirst(stem.utf8.count + 1).dropLast(4))
        let day = middle.prefix(10)
        let isDay =
            day.count == 10
            && day.indices.allSatisfy { index in
                index == 4 || index == 7 ? day[index] == UInt8(ascii: "-") : day[index].isDigit
            }
        guard isDay else { return nil }
        let text = String(decoding: day, as: UTF8.self)
        if middle.count == 10 { return (text, nil) }
        guard middle[10] == UInt8(ascii: "."), middle.count > 11, middle[11...].allSatisfy(\.isDigit),
            let number = Int(String(decoding: middle[11...], as: UTF8.self)), number > 0
        else { return nil }
        return (text, number)
    }
}

/// The file of the day, open. A value that travels to the blocking pool and back: only one write is under way at a time.
struct LogFile: LogTarget {
    static let keepsLines = true

    private final class Handle: Sendable {
        let descriptor: OwnedDescriptor
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
    }

    let place: LogPlace
    private var handle: Handle?
    private var day = ""
    private var size = 0

    init(_ place: LogPlace) { self.place = place }

    mutating func append(_ lines: [UInt8], at time: WallTime) -> (taken: Int, failure: FileError?) {
        var taken = 0
        do throws(FileError) {
            while taken < lines.count {
                let handle = try ready(CalendarDate(time).dateText)
                let end = fitting(lines, from: taken)
                if end == taken {
                    try rotate()
                    continue
                }
                let (written, failure) = handle.descriptor.write(Array(lines[taken..<end]))
                taken += written
                size += written
                if let failure { throw .system(failure, .write, path: place.path(day: day)) }
            }
            return (taken, nil)
        } catch {
            // The file stays open: half a line may be in it, whose rest comes next.
            return (taken, error)
        }
    }

    /// The end of the last line that still fits; one line always fits into an empty file.
    private func fitting(_ lines: [UInt8], from start: Int) -> Int {
        let room = place.fileBytes - size
        if lines.count - start <= room { return lines.count }
        if room > 0, let feed = lines[start..<(start + room)].lastIndex(of: 0x0a) { return feed + 1 }
        guard size == 0 else { return start }
        return lines[start...].firstIndex(of: 0x0a).map { $0 + 1 } ?? lines.count
    }

    private mutating func ready(_ today: String) throws(FileError) -> Handle {
        if let handle, day == today, isInPlace(handle) {
            // Another process may write there too.
            size = (try? fileStatus(handle.descriptor.number)).map { Int($0.st_size) } ?? size
            return handle
        }
        let path = place.path(day: today)
        handle = nil
        try PrivateDirectory.create(place.directory)
        // A new file takes the place of an old one; one that is there already has its place.
        let exists = (try? fileStatus(path, followLinks: false)) != nil
        try prune(isNew: !exists)
        let opened = try FileError.on(path, .write) { () throws(SystemError) in
            try OwnedDescriptor.open(
                path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: AtomicFile.privateMode)
        }
        let status = try FileError.on(path, .write) { () throws(SystemError) in try fileStatus(opened.number) }
        guard status.kind == S_IFREG else { throw .notRegular(path: path) }
        size = Int(status.st_size)
        day = today
        // A crash or a full disk may have left half a line.
        var last: UInt8 = 0x0a
        if size > 0, pread(opened.number, &last, 1, off_t(size - 1)) == 1, last != 0x0a {
            size += opened.write([0x0a]).written
        }
        let fresh = Handle(opened)
        handle = fresh
        return fresh
    }

    /// Someone may have moved or removed the file, or another process put it aside.
    private func isInPlace(_ handle: Handle) -> Bool {
        guard let there = try? fileStatus(place.path(day: day), followLinks: false),
            let ours = try? fileStatus(handle.descriptor.number)
        else { return false }
        return there.isSameFile(as: ours)
    }

    private mutating func rotate() throws(FileError) {
        let path = place.path(day: day)
        let last = try ours().filter { $0.day == day }.compactMap(\.number).max() ?? 0
        let aside = place.path(day: day, number: last + 1)
        try FileError.on(path, .write) { () throws(SystemError) in
            guard rename(path, aside) == 0 else { throw .last("rename") }
        }
        handle = nil
    }

    private func ours() throws(FileError) -> [(day: String, number: Int?, name: String)] {
        try FileError.on(place.directory, .list) { () throws(SystemError) in
            try directoryNames(place.directory).compactMap { name in
                place.parse(name).map { (day: $0.day, number: $0.number, name: name) }
            }
        }
    }

    /// Removes the oldest files that have no room beside the present one, which itself stays.
    private func prune(isNew: Bool) throws(FileError) {
        let files = try ours().sorted { ($0.day, $0.number ?? .max) > ($1.day, $1.number ?? .max) }
        let count = isNew ? place.files - 1 : place.files
        var total = 0
        for (index, file) in files.enumerated() {
            let path = place.directory + "/" + file.name
            total += (try? fileStatus(path, followLinks: false)).map { Int($0?.st_size ?? 0) } ?? 0
            let isPresent = !isNew && index == 0
            if !isPresent, index >= count || total > place.fileBytes * count { unlink(path) }
        }
    }
}
