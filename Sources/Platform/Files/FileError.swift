#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What was being done to a file; completes "cannot …".
package enum FileAction: String, Sendable {
    case read, write, lock, list, remove, move
    case create = "create the directory"
    case open = "open"
}

/// Why a path from outside was not followed.
package enum PathRefusal: String, Sendable {
    case empty = "it is empty"
    case tooLong = "it is too long"
    case absolute = "it is absolute; only paths within the directory are allowed"
    case parent = "it has a \".\" or \"..\" part"
    case emptyPart = "it has an empty part"
    case control = "it has a control character"
    case backslash = "it has a backslash"
    case encoded = "it has a percent-encoded dot, slash, backslash, percent sign or NUL"
    case lookalike = "it has a character that looks like a dot or a slash"
    case notText = "it is not valid UTF-8"
    case link = "a part of it is a symbolic link that is not allowed here"
    case identifier = "an id is 1 to 64 of A-Z a-z 0-9 . _ -, begins with a letter or digit, and has no \"..\""
}

/// Why a file or directory could not be had. The text names the path, the reason and, where there is one, the way out.
package enum FileError: Error, Hashable, Sendable, CustomStringConvertible {
    case system(SystemError, FileAction, path: String)
    case tooLarge(path: String, limit: Int)
    case notRegular(path: String)
    case refused(path: String, PathRefusal)

    package var description: String {
        switch self {
        case .system(let error, let action, let path):
            let head = "cannot \(action.rawValue) \(Self.shown(path)): \(error.reason)"
            guard let advice = Self.advice(error.code, action, path) else { return head }
            return "\(head) (\(advice))"
        case .tooLarge(let path, let limit):
            return "\(Self.shown(path)) is larger than the \(limit) bytes allowed for it"
        case .notRegular(let path): return "\(Self.shown(path)) is not a regular file"
        case .refused(let path, let reason): return "the path \"\(Self.shown(path))\" is refused: \(reason.rawValue)"
        }
    }

    /// A name may come from outside: it must not steer the terminal that shows it.
    private static func shown(_ path: String) -> String {
        var text = ""
        for scalar in path.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
            text += isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return text
    }

    /// The operating system's reason, where it gave one.
    package var code: Int32? {
        if case .system(let error, _, _) = self { error.code } else { nil }
    }

    /// Whether the file or its directory is simply not there.
    package var isMissing: Bool { code == ENOENT }

    /// Runs system calls on `path` and says what they were for when one fails.
    static func on<Value: ~Copyable>(
        _ path: String, _ action: FileAction, _ body: () throws(SystemError) -> Value
    ) throws(FileError) -> Value {
        do throws(SystemError) { return try body() } catch { throw .system(error, action, path: path) }
    }

    private static func advice(_ code: Int32, _ action: FileAction, _ path: String) -> String? {
        switch code {
        case ENOSPC: "free some space on its file system"
        case EDQUOT: "the quota of this user is used up"
        case EACCES, EPERM: "check the owner and mode of the file and of its directories"
        case EROFS: "its file system is mounted read-only"
        case ENOENT where action == .write || action == .lock:
            "create the directory first: mkdir -p \(shown(PathLocation(path).directory))"
        case ENOTDIR: "a part of the path is not a directory"
        case ELOOP: "too many symbolic links"
        case EIO: "the disk reports a fault; see dmesg"
        case EMFILE, ENFILE: "too many open files; raise the limit on them"
        default: nil
        }
    }
}

/// A path cut at its last slash, so that work on the name can go through a descriptor of the directory.
struct PathLocation: Hashable, Sendable {
    var directory: String
    var name: String

    init(_ path: String) {
        let bytes = path.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            directory = "."
            name = path
            return
        }
        directory = slash == bytes.startIndex ? "/" : String(path[..<slash])
        name = String(path[bytes.index(after: slash)...])
    }
}
