import Platform

/// `--ws-log`: shows the frames of clients in the log, for whoever looks for what a client does wrong. Secrets are taken
/// out as from every line.
struct FrameLog: Sendable {
    static let headBytes = 160
    static let fullBytes = 4096

    private let log: Log
    private let isFull: Bool

    /// Nil when nothing is to be shown.
    init?(_ style: FrameLogStyle, isVerbose: Bool, _ log: Log) {
        guard style != .auto || isVerbose else { return nil }
        self.log = log
        isFull = style == .full
    }

    func received(_ bytes: Span<UInt8>, by connection: String) { show("received", bytes, connection) }

    func sent(_ bytes: Span<UInt8>, to connection: String) { show("sent", bytes, connection) }

    private func show(_ direction: String, _ bytes: Span<UInt8>, _ connection: String) {
        let shown = min(bytes.count, isFull ? Self.fullBytes : Self.headBytes)
        var text = String(decoding: Array(copying: bytes.extracting(..<shown)), as: UTF8.self)
        if !isFull { text = Self.head(text) }
        log.info(direction, ["conn": .text(connection), "bytes": LogValue(bytes.count), "frame": .text(text)])
    }

    /// What stands before parameters and payload.
    private static func head(_ text: String) -> String {
        for mark in [",\"params\":", ",\"payload\":"] where text.contains(mark) {
            let quote = mark.dropFirst().prefix { $0 != ":" }
            let parts = text.split(separator: Character(","), omittingEmptySubsequences: false)
            let kept = parts.prefix { !$0.hasPrefix(quote) }
            return kept.joined(separator: ",") + ",…"
        }
        return text
    }
}
