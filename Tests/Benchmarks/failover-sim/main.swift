import FailoverSimulation
import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// Runs the failover machine against made-up networks, clocks and hosts; prints what came of it, and ends with 1 when a
// promise was broken.

guard let options = Options(CommandLine.arguments) else {
    print(Options.usage)
    exit(2)
}
exit(Report(options).run() ? 0 : 1)
