import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

let options = Options(CommandLine.arguments)
Signals.ignoreFailedWrites()
startTask {
    do {
        switch options.words.first {
        case "connect":
            guard let client = Client(options) else { exit(2) }
            let code = await client.run()
            fflush(nil)
            exit(code)
        case "serve":
            let server = Server(options)
            try server.start()
            try await EventLoop.shared.sleep(for: .seconds(1 << 30))
            _ = server
        case "memory":
            try await printMemory()
            fflush(nil)
            exit(0)
        default: exit(2)
        }
    } catch {
        print("error: \(error)")
        fflush(nil)
        exit(1)
    }
}
EventLoop.shared.run()
