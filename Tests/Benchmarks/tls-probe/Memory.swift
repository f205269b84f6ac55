import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What each step towards TLS costs an idle process.
@LoopActor
func printMemory() async throws {
    func show(_ step: String) {
        guard let file = fopen("/proc/self/status", "r") else { return }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        var numbers: [String] = []
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("VmRSS") || text.hasPrefix("RssAnon") {
                numbers.append(text.filter { $0.isNumber } + " KB")
            }
        }
        if step.isEmpty { return }
        print("\(step): RSS \(numbers.first ?? "?"), anonymous \(numbers.last ?? "?")")
    }
    // The first look has its own cost.
    show("")
    show("at start")
    _ = HMAC<SHA256>.authenticate(SecureRandom.bytes(32), key: SHA512.hash("key"))
    show("after random, SHA-512 and HMAC-SHA-256")
    let client = TLSClientContext()
    show("with a client context nobody has used")
    try await client.prepare()
    show("with a client context and the system's authorities")
    let identity = try TLSIdentity.selfSigned(commonName: "test", hosts: ["localhost"], from: .system(), days: 1)
    let server = try TLSServerContext(identity)
    show("with an identity and a server context")
    _ = server
}
