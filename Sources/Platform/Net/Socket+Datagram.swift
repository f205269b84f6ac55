#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

extension Socket {
    /// Sends one datagram to a unix socket, without waiting. A name that begins with `@` is one of Linux's that have no
    /// file.
    package static func send(_ text: String, toDatagramSocket name: String) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        guard (1...SocketAddress.pathLimit).contains(bytes.count) else {
            throw SystemError(code: bytes.isEmpty ? ENOENT : ENAMETOOLONG, call: "sendto")
        }
        // Without a file the length alone says where the name ends.
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)
        #if os(Linux)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        #else
        let descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        let flags = MSG_DONTWAIT
        #endif
        guard descriptor >= 0 else { throw .last("socket") }
        defer { closeDescriptor(descriptor) }
        let message = Array(text.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, flags, $0, length)
            }
        }
        guard sent == message.count else { throw .last("sendto") }
    }
}
