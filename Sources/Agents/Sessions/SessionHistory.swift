import Models
package import Platform

/// A page of a session's messages, as clients read them.
package struct SessionHistory: Equatable, Sendable {
    /// Bytes of a page at most, as JSON.
    package static let maxBytes = 6 << 20
    package static let maxMessages = 1000
    package static let tooLarge = "[left out: the message is too large to be shown]"

    /// Nil when there is no such session.
    package var record: SessionRecord?
    /// Oldest first; each with `__openclaw: {id, seq}`.
    package var messages: [JSON] = []
    package var hasMore = false
    /// Where the page before this one begins, counted from the newest message.
    package var nextOffset: Int?
}

/// What pages are asked for.
package struct HistoryPage: Equatable, Sendable {
    package var limit: Int
    /// Newer messages to pass over.
    package var offset: Int
    /// Only messages with a smaller number.
    package var before: Int?
    package var maxBytes: Int
    /// Characters of one text at most.
    package var maxChars: Int?

    package init(
        limit: Int = 200, offset: Int = 0, before: Int? = nil, maxBytes: Int = SessionHistory.maxBytes,
        maxChars: Int? = nil
    ) {
        self.limit = min(max(limit, 1), SessionHistory.maxMessages)
        self.offset = max(offset, 0)
        self.before = before
        self.maxBytes = min(maxBytes, SessionHistory.maxBytes)
        self.maxChars = maxChars
    }
}

extension SessionShelf {
    /// The newest messages, or older ones page by page; read from the end of the transcript, however long it is.
    package func history(_ key: SessionKey, _ page: HistoryPage = HistoryPage()) async throws(SessionError)
        -> SessionHistory
    {
        let read = try await reading(key) { (file, end) throws(FileError) in try file.history(end, page) }
        guard let read else { return SessionHistory() }
        var (history, damaged) = read.value
        history.record = read.record
        await keep(damaged, of: read.record)
        return history
    }
}

extension TranscriptFile {
    func history(_ end: End, _ page: HistoryPage) throws(FileError) -> (SessionHistory, damaged: [UInt8]) {
        var history = SessionHistory()
        var passed = 0
        var bytes = 0
        let reading = try backward(end, limit: .max) { one in
            if let before = page.before, one.seq >= before { return .skip }
            if passed < page.offset {
                passed += 1
                return .skip
            }
            guard history.messages.count < page.limit else { return .stopBefore }
            var message = one.entry.message(seq: one.seq)
            if let limit = page.maxChars { message = message.cuttingTexts(to: limit) }
            var size = JSONWriter.bytes(of: message).count
            if size > page.maxBytes {
                message["content"] = [["type": "text", "text": .string(SessionHistory.tooLarge)]]
                size = JSONWriter.bytes(of: message).count
            }
            guard bytes + size <= page.maxBytes || history.messages.isEmpty else { return .stopBefore }
            bytes += size
            history.messages.append(message)
            return .skip
        }
        history.messages.reverse()
        history.hasMore = reading.hasMore
        if reading.hasMore { history.nextOffset = page.offset + history.messages.count }
        return (history, reading.damaged)
    }
}

extension JSON {
    /// A message whose texts have at most so many characters.
    fileprivate func cuttingTexts(to limit: Int) -> JSON {
        guard let parts = self["content"]?.array else { return self }
        var message = self
        message["content"] = .array(
            parts.map { part in
                var part = part
                for key in ["text", "thinking"] {
                    if let text = part[key]?.string { part[key] = .string(text.shortened(to: limit)) }
                }
                return part
            })
        return message
    }
}

extension String {
    /// Its beginning, and a mark that there was more.
    func shortened(to limit: Int) -> String {
        // Counting characters takes time; bytes are never fewer.
        guard utf8.count > limit, count > limit else { return self }
        return limit > 1 ? prefix(limit - 1) + "…" : String(prefix(limit))
    }
}
