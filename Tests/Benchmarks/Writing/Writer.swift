package import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A program that writes numbers into something durable and prints each once it is confirmed, so that a crash test can
/// compare; that verifies what is there; that measures. Never returns.
package func runWriter(
    _ program: String, switches: [String] = [], write: @escaping @LoopActor @Sendable (Options) async throws -> Bool,
    verify: @escaping @LoopActor @Sendable ([String]) async throws -> Bool,
    measure: @escaping @LoopActor @Sendable (Options) async throws -> Bool
) -> Never {
    Signals.ignoreFailedWrites()
    guard let options = Options(CommandLine.arguments.dropFirst(), switches: switches) else {
        printError(Options.usage(program, switches))
        exit(2)
    }
    startTask {
        let succeeded: Bool
        do {
            switch options.mode {
            case .write: succeeded = try await write(options)
            case .verify: succeeded = try await verify(options.paths)
            case .bench: succeeded = try await measure(options)
            }
        } catch {
            printError("\(error)")
            succeeded = false
        }
        exit(succeeded ? 0 : 1)
    }
    EventLoop.shared.run()
    exit(0)
}

/// Hands out the numbers that the callers write.
@LoopActor
package final class Sequence {
    private var next: Int
    private let end: Int

    package init(from start: Int, count: Int) {
        next = start
        end = count == .max ? .max : start + count
    }

    package func take() -> Int? {
        guard next < end else { return nil }
        defer { next += 1 }
        return next
    }
}

/// What begins whatever stands for a number, and can be found in a recording of the file's writes.
package func mark(of number: Int) -> String {
    let digits = String(number)
    return "seq:" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ":"
}

/// One write(2), so that what is printed is printed.
package func printLine(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = write(1, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                exit(3)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}

package func printError(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
}
