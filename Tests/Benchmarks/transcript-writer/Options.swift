#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct Options {
    enum Mode {
        case write, verify, bench
    }

    static let usage = """
        usage: transcript-writer PATH [--callers N] [--count N]
               transcript-writer --verify PATH...
               transcript-writer PATH --bench [--callers N] [--count N]
        """

    var mode = Mode.write
    var paths: [String] = []
    var callers = 8
    var count = Int.max

    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--verify": mode = .verify
            case "--bench": mode = .bench
            case "--callers":
                guard let value = rest.popFirst().flatMap(Int.init), value > 0 else { return nil }
                callers = value
            case "--count":
                guard let value = rest.popFirst().flatMap(Int.init), value > 0 else { return nil }
                count = value
            default:
                if argument.hasPrefix("-") { return nil }
                paths.append(argument)
            }
        }
        if paths.isEmpty || (mode != .verify && paths.count > 1) { return nil }
    }
}

/// One write(2), so that what is printed is printed.
func printLine(_ line: String) {
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

func printError(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
}
