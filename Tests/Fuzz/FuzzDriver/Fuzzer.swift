#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A program for libFuzzer: conform an enum to it, mark it `@main`, and give what must hold for any input.
package protocol Fuzzer {
    static func run(_ input: [UInt8])
}

extension Fuzzer {
    package static func main() {
        target = run
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(
            runDriver(&count, &arguments) { bytes, count in
                target(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }
}

// libFuzzer calls a C function, which carries no context; there is one fuzzer in a process and it runs on one thread.
nonisolated(unsafe) private var target: ([UInt8]) -> Void = { _ in }

private typealias Callback = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>, _ callback: Callback
) -> CInt
