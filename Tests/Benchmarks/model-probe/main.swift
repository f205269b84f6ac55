import Models
import Platform
import Wire

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// Asks models as a job description on standard input says, and prints what came of each as a line of JSON, then what
// the run left behind.

var bytes: [UInt8] = []
while let line = readLine(strippingNewline: false) { bytes += Array(line.utf8) }
guard let input = try? JSONParser.parse(bytes) else {
    print("usage: model-probe < '{\"config\": {}, \"environment\": {}, \"jobs\": []}'")
    exit(2)
}
Signals.ignoreFailedWrites()
startTask {
    // The first use of the loop and the resolver opens descriptors that stay.
    try await EventLoop.shared.sleep(for: .zero)
    let before = openDescriptors()
    let prober = Prober(input)
    for json in input["jobs"]?.array ?? [] {
        print(await prober.run(Job(json)).description)
        fflush(nil)
    }
    prober.close()
    let deadline = EventLoop.shared.now + .seconds(3)
    // This task is the one that may remain.
    while EventLoop.shared.liveTasks > 1 || openDescriptors() > before, EventLoop.shared.now < deadline {
        try await EventLoop.shared.sleep(for: .milliseconds(5))
    }
    let (leaked, tasks) = (openDescriptors() - before, EventLoop.shared.liveTasks - 1)
    print("{\"leaked\":\(leaked),\"tasks\":\(tasks)}")
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
