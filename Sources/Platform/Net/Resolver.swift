#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// Why a name leads to no address.
package enum ResolveError: Error, Hashable, Sendable, CustomStringConvertible {
    case invalidName
    case noSuchHost
    /// The name server did not answer, or not now.
    case noAnswer
    case failed(String)
    case timedOut
    case cancelled

    package var description: String {
        switch self {
        case .invalidName: "it is neither a host name nor an IP address"
        case .noSuchHost: "there is no such host (is the name spelled right?)"
        case .noAnswer: "the name server does not answer (is the network up?)"
        case .failed(let reason): reason
        case .timedOut: "the name server did not answer in time"
        case .cancelled: "cancelled"
        }
    }
}

/// Turns host names into addresses.
@LoopActor
package protocol Resolver: AnyObject, Sendable {
    /// At least one address, in the order in which they deserve to be tried.
    func resolve(_ host: String, port: UInt16, by deadline: Instant?) async throws(ResolveError) -> [SocketAddress]
}

/// The operating system's resolver, which blocks and so runs in the pool.
package final class SystemResolver: Resolver {
    package nonisolated static let shared = SystemResolver()

    /// Look-ups at a time. A dead name server holds each of them for half a minute; the pool's other threads stay free
    /// for files.
    static let concurrencyLimit = 2

    /// One name being looked up, for all who ask for it meanwhile.
    private final class LookUp {
        var waiting: [Suspension] = []
        var outcome: Result<[SocketAddress], ResolveError>?
    }

    private let clock: any Clock
    private let blockingLookUp: @Sendable (String) -> Result<[SocketAddress], ResolveError>
    private var lookUps: [String: LookUp] = [:]
    private var queue: [String] = []
    private var running = 0

    /// What `localhost` and all below it means, whatever a file or a name server says (RFC 6761 section 6.3).
    private static let thisMachine = ["127.0.0.1", "::1"].compactMap { SocketAddress(host: $0, port: 0) }

    /// Tests give a clock and a look-up of their own.
    package nonisolated init(
        clock: any Clock = EventLoop.shared,
        blockingLookUp: @escaping @Sendable (String) -> Result<[SocketAddress], ResolveError> = { systemLookUp($0) }
    ) {
        self.clock = clock
        self.blockingLookUp = blockingLookUp
    }

    package func resolve(
        _ host: String, port: UInt16, by deadline: Instant?
    ) async throws(ResolveError) -> [SocketAddress] {
        if let address = SocketAddress(host: host, port: port) { return [address] }
        if host.utf8.contains(UInt8(ascii: ":")) {
            // An address with a zone (fe80::1%eth0): the system knows its interfaces and asks nobody.
            return try systemLookUp(host, isAddress: true).get().map { $0.with(port: port) }
        }
        guard HostName.isValid(host) else { throw .invalidName }
        let name = HostName.canonical(host)
        if name == "localhost" || name.hasSuffix(".localhost") { return Self.thisMachine.map { $0.with(port: port) } }
        let lookUp = lookUp(name)
        let suspension = Suspension(clock)
        lookUp.waiting.append(suspension)
        defer { lookUp.waiting.removeAll { $0 === suspension } }
        while true {
            if let outcome = lookUp.outcome { return try outcome.get().map { $0.with(port: port) } }
            switch await suspension.wait(until: deadline) {
            case .event: break
            case .deadline: throw .timedOut
            case .cancelled: throw .cancelled
            }
        }
    }

    private func lookUp(_ host: String) -> LookUp {
        if let present = lookUps[host] { return present }
        let lookUp = LookUp()
        lookUps[host] = lookUp
        queue.append(host)
        // After the caller has joined those who wait.
        startTask { self.startNext() }
        return lookUp
    }

    private func startNext() {
        while running < Self.concurrencyLimit, !queue.isEmpty {
            let host = queue.removeFirst()
            guard let lookUp = lookUps[host] else { continue }
            if lookUp.waiting.isEmpty {
                // Nobody waited long enough.
                lookUps[host] = nil
                continue
            }
            running += 1
            startTask { [blockingLookUp] in
                let outcome = await BlockingPool.shared.run { blockingLookUp(host) }
                self.running -= 1
                self.lookUps[host] = nil
                lookUp.outcome = outcome
                for suspension in lookUp.waiting { suspension.wake() }
                self.startNext()
            }
        }
    }
}

/// getaddrinfo. Blocks unless `isAddress`.
package func systemLookUp(_ host: String, isAddress: Bool = false) -> Result<[SocketAddress], ResolveError> {
    var hints = addrinfo()
    #if canImport(Glibc)
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
    hints.ai_socktype = SOCK_STREAM
    #endif
    // Not AI_ADDRCONFIG: it hides addresses of interfaces that come up later, and an unreachable one fails at once.
    hints.ai_flags = isAddress ? AI_NUMERICHOST : 0
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, nil, &hints, &list)
    guard result == 0 else {
        if isAddress { return .failure(.invalidName) }
        return .failure(resolveError(result, errno))
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { memory in
            let length = min(memory.count, Int(entry.ai_addrlen))
            memory.copyMemory(from: UnsafeRawBufferPointer(start: entry.ai_addr, count: length))
        }
        if let address = SocketAddress(storage), !addresses.contains(address) { addresses.append(address) }
        next = entry.ai_next
    }
    return addresses.isEmpty ? .failure(.noSuchHost) : .success(addresses)
}

private func resolveError(_ code: Int32, _ system: Int32) -> ResolveError {
    switch code {
    case EAI_NONAME: return .noSuchHost
    case EAI_AGAIN: return .noAnswer
    case EAI_SYSTEM: return .failed(SystemError(code: system, call: "getaddrinfo").description)
    default: return .failed(String(cString: gai_strerror(code)))
    }
}

extension SocketAddress {
    fileprivate func with(port: UInt16) -> SocketAddress {
        switch self {
        case .v4(let address, _): .v4(address: address, port: port)
        case .v6(let address, _, let scope): .v6(address: address, port: port, scope: scope)
        case .unix: self
        }
    }
}
