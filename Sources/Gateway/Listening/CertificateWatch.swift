import Platform

/// Shows the certificate that its files hold now: certbot and the like renew them while the gateway runs. A pair that
/// cannot be used changes nothing, as between the two steps of whoever replaces one file after the other.
@LoopActor
final class CertificateWatch {
    let context: TLSServerContext
    private let files: TLSFiles
    private let log: Log
    private var watchers: [FileWatcher] = []
    private var isReading = false
    /// Whether something changed while the files were read.
    private var isStale = false

    init(_ context: TLSServerContext, _ files: TLSFiles, log: Log, clock: any Clock) {
        self.context = context
        self.files = files
        self.log = log
        watchers = [files.certificatePath, files.keyPath].map { path in
            FileWatcher(path, clock: clock) { [weak self] in
                startTask { await self?.changed() }
            }
        }
    }

    func start() async {
        for watcher in watchers { await watcher.start() }
    }

    private func changed() async {
        isStale = true
        guard !isReading else { return }
        isReading = true
        defer { isReading = false }
        while isStale {
            isStale = false
            await read()
        }
    }

    private func read() async {
        let old = context.fingerprint
        do throws(StreamError) {
            try await context.reload(certificateFile: files.certificatePath, keyFile: files.keyPath)
        } catch {
            log.error(
                "the changed certificate is not used; the one before is still shown", ["reason": LogValue(error)])
            return
        }
        guard context.fingerprint != old else { return }
        log.info("the certificate was renewed", ["fingerprint": LogValue(context.fingerprint)])
    }
}
