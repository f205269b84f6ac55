import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// Writes numbers into a store and prints each once it is confirmed, so that a crash test can compare; verifies what a
// store holds; measures how fast it confirms.

Signals.ignoreFailedWrites()
guard let options = Options(CommandLine.arguments.dropFirst()) else {
    printError(Options.usage)
    exit(2)
}
startTask {
    let succeeded: Bool
    do {
        switch options.mode {
        case .write: succeeded = try await writeNumbers(options)
        case .verify: succeeded = await verify(options.paths)
        case .bench: succeeded = try await measure(options)
        }
    } catch {
        printError("\(error)")
        succeeded = false
    }
    exit(succeeded ? 0 : 1)
}
EventLoop.shared.run()
