import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Echoes what secured connections send, and says why others were not secured. HUP reads the certificate anew.
@LoopActor
final class Server {
    private let options: Options
    private var context: TLSServerContext?
    private var listener: Listener?
    private var signals: Signals?

    init(_ options: Options) { self.options = options }

    private var files: (certificate: String, key: String) { (options.flags["cert"] ?? "", options.flags["key"] ?? "") }

    func start() throws {
        let context = try TLSServerContext(TLSIdentity(certificateFile: files.certificate, keyFile: files.key))
        self.context = context
        let listener = try Listener(.loopback(port: 0)) { accepted in
            let stream = context.start(on: accepted.stream)
            stream.whenSecure { error in
                if let error { return self.say("refused: \(error)", closing: stream) }
                startTask { await self.echo(stream) }
            }
        }
        self.listener = listener
        signals = try Signals { signal in
            guard signal == .hangUp else { return EventLoop.shared.stop() }
            startTask { await self.reload() }
        }
        say("READY \(listener.address.port ?? 0) \(context.fingerprint.hex)")
    }

    private func reload() async {
        do throws(StreamError) {
            try await context?.reload(certificateFile: files.certificate, keyFile: files.key)
            say("reloaded \(context?.fingerprint.hex ?? "")")
        } catch {
            say("kept: \(error)")
        }
    }

    private func echo(_ stream: TLSStream) async {
        let stream = AsyncByteStream(stream)
        defer { stream.close() }
        do throws(StreamError) {
            while let bytes = try await stream.read() { try await stream.write(bytes) }
            say("end")
        } catch {
            say("broken: \(error)")
        }
    }

    private func say(_ line: String, closing stream: TLSStream? = nil) {
        stream?.close()
        print(line)
        fflush(nil)
    }
}
