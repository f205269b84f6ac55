#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension ProcessRequest {
    /// The file that would be run. Blocks.
    package func programPath() throws(ProcessError) -> String { try ProgramLookup.find(self) }
}

/// Finds the file that a program's name means, so that the error can say where it was looked for.
enum ProgramLookup {
    /// What is searched when the environment has no PATH.
    static let defaultPath = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

    /// Blocks.
    static func find(_ request: ProcessRequest) throws(ProcessError) -> String {
        let program = request.program
        if program.utf8.contains(UInt8(ascii: "/")) {
            // The program is started after the change of directory.
            let path = program.hasPrefix("/") ? program : (request.directory ?? ".") + "/" + program
            switch look(path) {
            case .runnable: return path
            case .missing: throw .notExecutable(path: path, reason: "there is no such file")
            case .notRunnable(let reason): throw .notExecutable(path: path, reason: reason)
            }
        }
        let search = request.environment["PATH"] ?? defaultPath
        var obstacle: ProcessError?
        // Relative entries, the empty one among them, would run whatever lies in the working directory.
        for directory in search.split(separator: ":") where directory.hasPrefix("/") {
            let path = directory + "/" + program
            switch look(path) {
            case .runnable: return path
            case .missing: continue
            case .notRunnable(let reason): obstacle = obstacle ?? .notExecutable(path: path, reason: reason)
            }
        }
        throw obstacle ?? .notFound(program: program, searched: search)
    }

    private enum Finding {
        case runnable, missing
        case notRunnable(String)
    }

    private static func look(_ path: String) -> Finding {
        guard let found = try? fileStatus(path, followLinks: true) else { return .missing }
        guard found.kind == S_IFREG else { return .notRunnable("it is not a regular file") }
        guard access(path, X_OK) == 0 else { return .notRunnable("this user may not execute it") }
        return .runnable
    }
}
