import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Connects, sends, reads to the end and says what happened, as often as asked. Exits with 1 when a connection failed
/// and with 3 when something stayed open.
@LoopActor
struct Client {
    /// Connections before the count of descriptors starts: threads and the library open theirs on first use.
    private static let warmUp = 2

    let target: DialTarget
    let dialer: Dialer
    let deadline: Duration
    let text: [UInt8]
    let rounds: Int

    init?(_ options: Options) {
        guard options.words.count == 3, let port = UInt16(options.words[2]) else { return nil }
        var settings = TLSClientSettings()
        if let file = options.flags["ca"] { settings.trust = .authorities(.file(file)) }
        if let text = options.flags["pin"] {
            guard let pin = CertificateFingerprint(text) else { return nil }
            settings.trust = options.flags["ca"].map { .pinAndAuthorities(pin, .file($0)) } ?? .pin(pin)
        }
        if options.has("no-alpn") { settings.protocols = [] }
        target = DialTarget(
            .host(options.words[1], port: port), tls: options.has("plain") ? nil : TLSClientContext(settings),
            serverName: options.flags["name"])
        dialer = Dialer(proxies: ProxySettings(.process))
        deadline = .milliseconds(options.number("deadline") ?? 10_000)
        let size = options.number("send-bytes") ?? 0
        text = options.flags["send"].map { Array($0.utf8) } ?? (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        rounds = options.number("repeat") ?? 1
    }

    func run() async -> Int32 {
        var code: Int32 = 0
        var before = (descriptors: 0, watched: 0)
        for round in 0..<rounds + (rounds > 1 ? Self.warmUp : 0) {
            if round == Self.warmUp { before = (openDescriptors(), EventLoop.shared.watched) }
            do throws(DialError) {
                if try await !exchange() { code = 1 }
            } catch {
                print("error: \(error)")
                code = 1
            }
        }
        guard rounds > 1 else { return code }
        let after = (openDescriptors(), EventLoop.shared.watched)
        print("descriptors \(before) \(after), tasks \(EventLoop.shared.liveTasks)")
        return before == after && EventLoop.shared.liveTasks == 1 ? code : 3
    }

    private func exchange() async throws(DialError) -> Bool {
        let limit = EventLoop.shared.now + deadline
        let connection = try await dialer.dial(target, by: limit)
        if let tls = connection.tls {
            print(
                "secured \(tls.version) alpn=\(tls.applicationProtocol ?? "none") resumed=\(tls.isResumed)"
                    + " \(tls.peerCertificate?.fingerprint.hex ?? "")")
        }
        let stream = AsyncByteStream(connection.stream)
        defer { stream.close() }
        let sending = startTask { [text] in
            try await stream.write(text, by: limit)
            stream.finishWriting()
        }
        var hash = SHA256()
        var count = 0
        var start: [UInt8] = []
        do throws(StreamError) {
            while let part = try await stream.read(by: limit) {
                hash.update(part.span)
                count += part.count
                if start.count < 200 { start += part.prefix(200 - start.count) }
            }
            print(
                "end after \(count) bytes \(Hex.encode(hash.finish().prefix(8))): \(String(decoding: start.prefix { $0 >= 32 }, as: UTF8.self))"
            )
        } catch {
            print("error: \(error) after \(count) bytes")
            stream.close()
            _ = try? await sending.value
            return false
        }
        stream.close()
        _ = try? await sending.value
        return true
    }
}

func openDescriptors() -> Int { (0..<Int32(4096)).count { fcntl($0, F_GETFD) >= 0 } }
