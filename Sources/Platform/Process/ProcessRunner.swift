#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Runs programs to their end. The real one is `ChildProcess`.
@LoopActor
package protocol ProcessRunner: Sendable {
    func run(_ request: ProcessRequest) async throws(ProcessError) -> ProcessResult
}

/// A program to run: never through a shell, and with nothing of our own environment but what is given.
package struct ProcessRequest: Hashable, Sendable {
    package static let defaultOutputLimit = 1 << 20
    package static let defaultErrorLimit = 64 * 1024

    /// The program, found through PATH of `environment` unless it contains a slash, and its arguments.
    package var arguments: [String]
    package var environment: [String: String]
    /// Our own working directory when nil.
    package var directory: String?
    /// What the program reads. Empty means /dev/null.
    package var input: [UInt8]
    /// When the program's whole process group is ended, counted from the request.
    package var deadline: Duration
    /// How much is kept of each output. What comes after is read, so that the program can go on, and dropped.
    package var outputLimit: Int
    package var errorLimit: Int

    package init(
        _ arguments: [String], environment: [String: String], directory: String? = nil, input: [UInt8] = [],
        deadline: Duration, outputLimit: Int = defaultOutputLimit, errorLimit: Int = defaultErrorLimit
    ) {
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
        self.deadline = deadline
        self.outputLimit = outputLimit
        self.errorLimit = errorLimit
    }

    package var program: String { arguments.first ?? "" }

    /// Starts the program and lets go of it: it may run for as long as it likes, its deadline and output are nobody's.
    /// Returns its number. Blocks until the file to execute is loaded.
    @discardableResult
    package func startApart() throws(ProcessError) -> Int32 { try SpawnedChild.letGo(self) }
}

/// How a program ended: with a status, or by a signal.
package enum ProcessEnding: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let number): "signal \(number) (\(String(cString: strsignal(number))))"
        }
    }
}

/// What a program left behind.
package struct ProcessResult: Hashable, Sendable {
    package var ending: ProcessEnding
    package var output: [UInt8]
    package var errorOutput: [UInt8]
    package var isOutputTruncated: Bool
    package var isErrorTruncated: Bool

    package init(
        ending: ProcessEnding, output: [UInt8] = [], errorOutput: [UInt8] = [], isOutputTruncated: Bool = false,
        isErrorTruncated: Bool = false
    ) {
        self.ending = ending
        self.output = output
        self.errorOutput = errorOutput
        self.isOutputTruncated = isOutputTruncated
        self.isErrorTruncated = isErrorTruncated
    }

    package var succeeded: Bool { ending == .exited(0) }
    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}

/// Why a program did not run to its end.
package enum ProcessError: Error, Hashable, Sendable, CustomStringConvertible {
    case notFound(program: String, searched: String)
    case notExecutable(path: String, reason: String)
    case noDirectory(path: String, program: String)
    case invalid(program: String, reason: String)
    case system(SystemError, program: String)
    /// `partial` is what it had written; nil when the kernel would not even end it.
    case deadline(program: String, after: Duration, partial: ProcessResult?)
    case cancelled(program: String)

    package var description: String {
        switch self {
        case .notFound(let program, let searched):
            "cannot run \(program): it is not in PATH (\(searched)); install it or name it by its full path"
        case .notExecutable(let path, let reason): "cannot run \(path): \(reason)"
        case .noDirectory(let path, let program): "cannot run \(program): its working directory \(path) does not exist"
        case .invalid(let program, let reason): "cannot run \(program): \(reason)"
        case .system(let error, let program): "cannot run \(program): \(error)"
        case .deadline(let program, let duration, _): "\(program) did not end within \(duration) and was stopped"
        case .cancelled(let program): "\(program) was stopped before its end"
        }
    }
}
