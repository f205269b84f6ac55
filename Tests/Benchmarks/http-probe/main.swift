import Platform
import Wire

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// Sends requests with our HTTP client and prints what came of each as a line of JSON, then what the run left behind.

guard let options = Options(CommandLine.arguments.dropFirst()) else {
    print(Options.usage)
    exit(2)
}
Signals.ignoreFailedWrites()
startTask {
    // The first use of the loop and the resolver opens descriptors that stay.
    try await EventLoop.shared.sleep(for: .zero)
    let before = openDescriptors()
    let probe = Probe(options)
    for line in await probe.run() { print(line) }
    let deadline = EventLoop.shared.now + .seconds(2)
    // This task is the one that may remain.
    while EventLoop.shared.liveTasks > 1 || openDescriptors() > before, EventLoop.shared.now < deadline {
        try await EventLoop.shared.sleep(for: .milliseconds(5))
    }
    let (leaked, tasks) = (openDescriptors() - before, EventLoop.shared.liveTasks - 1)
    print("{\"leaked\":\(leaked),\"tasks\":\(tasks),\"peak\":\(peakMemory())}")
    fflush(nil)
    EventLoop.shared.stop()
}
EventLoop.shared.run()

/// Descriptors of this process that are open now.
func openDescriptors() -> Int {
    guard let folder = opendir("/dev/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
}

/// KiB of memory at the highest. Not getrusage's number, which a process inherits from whoever started it.
func peakMemory() -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if text.hasPrefix("VmHWM:") { return Int(text.filter(\.isNumber)) ?? 0 }
    }
    return 0
}
