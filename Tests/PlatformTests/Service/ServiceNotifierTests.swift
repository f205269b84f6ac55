import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// The socket of a service socket.
private final class NotifySocket {
    private let scratch = ScratchDirectory()
    let path: String
    private let descriptor: Int32

    init() throws {
        path = scratch.path("notify")
        #if os(Linux)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        #else
        descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #endif
        let bound = SocketAddress.unix(path: path).withSystemAddress { bind(descriptor, $0, $1) }
        try #require(bound == 0)
    }

    deinit { close(descriptor) }

    /// What was said since the last call.
    var heard: [String] {
        var all: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return all }
            all.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}

@Suite struct ServiceNotifierTests {
    @Test func readinessAndTheEndAreTold() async throws {
        try await onLoop {
            let socket = try NotifySocket()
            let notifier = try #require(ServiceNotifier(["NOTIFY_SOCKET": socket.path], clock: FakeClock()))
            notifier.ready("ready on ws://x")
            notifier.stopping("ending")
            #expect(socket.heard == ["READY=1\nSTATUS=ready on ws://x", "STOPPING=1\nSTATUS=ending"])
            #expect(notifier.failure == nil)
        }
    }

    @Test func theWatchdogHearsFromTheLoopThreeTimesInItsTime() async throws {
        try await onLoop {
            let socket = try NotifySocket()
            let clock = FakeClock()
            let environment: Environment = [
                "NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "42",
            ]
            let notifier = try #require(ServiceNotifier(environment, process: 42, clock: clock))
            notifier.ready("ready")
            #expect(socket.heard.last == "WATCHDOG=1")
            for _ in 0..<3 {
                await clock.advance(by: .seconds(1))
                #expect(socket.heard == ["WATCHDOG=1"])
            }
            notifier.end()
            await clock.advance(by: .seconds(9))
            #expect(socket.heard == [])
        }
    }

    @Test func anotherProcesssWatchdogIsNotFed() async throws {
        try await onLoop {
            let socket = try NotifySocket()
            let clock = FakeClock()
            let notifier = try #require(
                ServiceNotifier(
                    ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "41"], process: 42,
                    clock: clock))
            notifier.ready("ready")
            await clock.advance(by: .seconds(9))
            #expect(socket.heard == ["READY=1\nSTATUS=ready"])
        }
    }

    @Test func nobodyToTellIsNoTrouble() async throws {
        try await onLoop {
            #expect(ServiceNotifier([:], clock: FakeClock()) == nil)
            let notifier = try #require(ServiceNotifier(["NOTIFY_SOCKET": "/no/such/socket"], clock: FakeClock()))
            notifier.ready("ready")
            #expect(notifier.failure?.code == ENOENT)
        }
    }

    #if os(Linux)
    @Test func aSocketWithoutAFileIsReached() throws {
        let name = "openclaw-notify-\(getpid())"
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(receiver) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: [0] + Array(name.utf8)) }
        let length = socklen_t(2 + 1 + name.utf8.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(receiver, $0, length) }
        }
        try #require(bound == 0)
        try Socket.send("READY=1", toDatagramSocket: "@" + name)
        var buffer = [UInt8](repeating: 0, count: 64)
        #expect(recv(receiver, &buffer, buffer.count, 0) == 7)
    }
    #endif
}

@Suite struct HandoverTests {
    @Test func whatIsWrittenIsRead() {
        let handover = Handover(lock: 7, listeners: [8, 12])
        #expect(handover.text(process: 42) == "42:7:8,12")
        #expect(Handover("42:7:8,12", process: 42) == handover)
        #expect(Handover("42:7:", process: 42) == Handover(lock: 7, listeners: []))
    }

    @Test func numbersOfAnotherProcessMeanNothing() {
        for text in ["41:7:8", "42:7", "42:2:8", "42:x:8", "42:7:8,x", "42:7:1", "", "42:-7:8"] {
            #expect(Handover(text, process: 42) == nil, "\(text)")
        }
    }

    @Test func onlySocketsThatListenAreTaken() async throws {
        try await onLoop {
            let listening = try Socket.listen(.loopback(port: 0))
            let address = try #require(Socket.localAddress(of: listening))
            let file = open("/dev/null", O_RDONLY)
            defer { close(file) }
            let inherited = InheritedListeners(Handover(lock: 3, listeners: [listening, file]))
            #expect(inherited.take(.loopback(port: 1)) == nil)
            #expect(inherited.take(.loopback(port: 0)) == listening)
            #expect(inherited.take(address) == nil)
            #expect(fcntl(listening, F_GETFD) & FD_CLOEXEC != 0)
            close(listening)
        }
    }
}
