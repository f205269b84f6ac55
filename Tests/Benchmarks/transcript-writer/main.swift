import Agents
import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// Writes numbered entries into the transcripts of sessions and prints each number once it is stored, so that a crash
// test can compare; verifies what the transcripts hold; measures how long a list of many sessions takes. The path is
// that of the store; the transcripts lie beside it.

Signals.ignoreBrokenPipes()
guard let options = Options(CommandLine.arguments.dropFirst()) else {
    printError(Options.usage)
    exit(2)
}
startTask {
    let succeeded: Bool
    do {
        switch options.mode {
        case .write: succeeded = try await writeNumbers(options)
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
