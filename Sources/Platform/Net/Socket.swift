#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// Who is at the other end of a unix socket, as the kernel knows it.
package struct PeerCredentials: Hashable, Sendable {
    package let process: Int32
    package let user: UInt32
    package let group: UInt32

    package init(process: Int32, user: UInt32, group: UInt32) {
        self.process = process
        self.user = user
        self.group = group
    }
}

/// The system calls that make sockets. Each returns a non-blocking descriptor that child processes do not inherit.
package enum Socket {
    /// How many connections may wait to be accepted. The kernel caps it by net.core.somaxconn.
    static let backlog: Int32 = 1024

    /// A listening socket. A unix path is replaced if nothing listens there any more.
    package static func listen(_ address: SocketAddress) throws(SystemError) -> Int32 {
        // Cut to what fits, the path would be another one, and somebody else's socket perhaps.
        if case .unix(let path) = address, !(1...SocketAddress.pathLimit).contains(path.utf8.count) {
            throw SystemError(code: path.isEmpty ? ENOENT : ENAMETOOLONG, call: "bind")
        }
        let descriptor = try make(address.family)
        do throws(SystemError) {
            switch address {
            case .unix(let path):
                unlink(path)
                // Linux gives the file the descriptor's mode, so that it is never open to others, not even for a moment.
                fchmod(descriptor, 0o600)
            // Without it a restart would have to wait until old connections' TIME_WAIT is over.
            case .v4: try set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            case .v6:
                try set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
                // One socket per family: "::" must not silently take the IPv4 port as well.
                try set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
            }
            guard address.withSystemAddress({ bind(descriptor, $0, $1) }) == 0 else { throw .last("bind") }
            if case .unix(let path) = address, chmod(path, 0o600) != 0 { throw .last("chmod") }
            #if canImport(Glibc)
            guard Glibc.listen(descriptor, backlog) == 0 else { throw .last("listen") }
            #else
            guard Darwin.listen(descriptor, backlog) == 0 else { throw .last("listen") }
            #endif
        } catch {
            closeDescriptor(descriptor)
            throw error
        }
        return descriptor
    }

    /// Starts to connect. Writable means decided; `connectionError` then tells how.
    package static func startConnecting(to address: SocketAddress) throws(SystemError) -> Int32 {
        let descriptor = try make(address.family)
        if case .unix = address {} else { withoutDelay(descriptor) }
        let result = address.withSystemAddress { connect(descriptor, $0, $1) }
        if result != 0, errno != EINPROGRESS {
            let error = SystemError.last("connect")
            closeDescriptor(descriptor)
            throw error
        }
        return descriptor
    }

    /// The outcome of a connect that has become writable: nil when it succeeded.
    package static func connectionError(_ descriptor: Int32) -> SystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return .last("getsockopt") }
        return code == 0 ? nil : SystemError(code: code, call: "connect")
    }

    /// Takes one waiting connection; nil when none waits.
    static func accept(_ listener: Int32) throws(SystemError) -> (descriptor: Int32, peer: SocketAddress?)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #if os(Linux)
                cl_accept(listener, $0, &length)
                #else
                Darwin.accept(listener, $0, &length)
                #endif
            }
        }
        if descriptor < 0 {
            switch errno {
            case EAGAIN, EWOULDBLOCK, EINTR: return nil
            // The peer left between its handshake and our accept: nothing of ours is wrong.
            case ECONNABORTED, EPROTO: return nil
            default: throw .last("accept")
            }
        }
        #if !os(Linux)
        makeNonBlocking(descriptor)
        try? set(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
        return (descriptor, SocketAddress(storage))
    }

    /// Small writes go out at once: we already collect the replies of a turn into one write.
    static func withoutDelay(_ descriptor: Int32) {
        try? set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// Who connected to this unix socket; nil for other sockets.
    package static func credentials(of descriptor: Int32) -> PeerCredentials? {
        #if os(Linux)
        var peer = cl_peer()
        var length = socklen_t(MemoryLayout<cl_peer>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0, peer.pid > 0 else { return nil }
        return PeerCredentials(process: peer.pid, user: peer.uid, group: peer.gid)
        #else
        var user: uid_t = 0
        var group: gid_t = 0
        guard getpeereid(descriptor, &user, &group) == 0 else { return nil }
        var process: pid_t = 0
        var length = socklen_t(MemoryLayout<pid_t>.size)
        guard getsockopt(descriptor, SOL_LOCAL, LOCAL_PEERPID, &process, &length) == 0 else { return nil }
        return PeerCredentials(process: process, user: user, group: group)
        #endif
    }

    /// Where a socket is bound. Port 0 is replaced by the port the system chose.
    package static func localAddress(of descriptor: Int32) -> SocketAddress? { SocketAddress.of(descriptor) }

    /// Whether connections can be accepted from it.
    static func isListening(_ descriptor: Int32) -> Bool {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
    }

    private static func make(_ family: Int32) throws(SystemError) -> Int32 {
        #if os(Linux)
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw .last("socket") }
        #else
        let descriptor = socket(family, SOCK_STREAM, 0)
        guard descriptor >= 0 else { throw .last("socket") }
        makeNonBlocking(descriptor)
        try? set(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
        return descriptor
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) throws(SystemError) {
        var value = value
        guard setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw .last("setsockopt")
        }
    }
}
