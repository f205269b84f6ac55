import Channels
import Platform

/// Puts together what somebody's program cut apart: the pictures of an album, and a long text that was pasted.
@LoopActor
final class MessageJoiner {
    /// So long the next picture of an album, or the next part of a text, is waited for.
    nonisolated static let albumPause = Duration.milliseconds(500)
    nonisolated static let pastePause = Duration.milliseconds(1500)
    /// Beyond, there is more than one whole.
    nonisolated static let mostParts = 12
    nonisolated static let mostBytes = 50_000

    /// What an item is of a whole.
    enum Role {
        /// It is answered for all of them; the others' names are those in the inbox.
        case whole(InboxItem, others: [Int64])
        /// The whole was answered, or was not.
        case part(InboxVerdict)
    }

    private struct Key: Hashable {
        let address: ChatAddress
        let sender: String
        let album: String?
    }

    /// A whole whose parts are still coming.
    private final class Bundle {
        var items: [InboxItem]
        var waiting: [Awaited<InboxVerdict>] = []
        var deadline: Instant
        let place: Suspension

        init(_ item: InboxItem, _ deadline: Instant, _ clock: any Clock) {
            items = [item]
            self.deadline = deadline
            place = Suspension(clock)
        }
    }

    private let clock: any Clock
    private var open: [Key: Bundle] = [:]
    /// Those whose whole is being answered, by the first part.
    private var begun: [Int64: Bundle] = [:]

    init(_ clock: any Clock) { self.clock = clock }

    /// Waits for the other parts, if there may be any. `pasteLength` is where programs of the platform cut texts.
    func join(_ item: InboxItem, pasteLength: Int?) async -> Role {
        let message = item.message
        guard case .said = message.event else { return .whole(item, others: []) }
        let place = message.place
        let key = Key(
            address: ChatAddress(item.account, chat: place.chat, thread: place.thread), sender: message.sender.id,
            album: message.album)
        let mayGoOn = message.album != nil || pasteLength.map { message.text.utf16.count >= $0 } ?? false
        if let bundle = open[key], Self.fits(item, bundle) {
            let verdict = Awaited<InboxVerdict>(clock)
            bundle.items.append(item)
            bundle.waiting.append(verdict)
            bundle.deadline = mayGoOn ? clock.now + pause(key) : clock.now
            bundle.place.wake()
            return .part(await verdict.wait() ?? .later("the gateway stops"))
        }
        guard mayGoOn else { return .whole(item, others: []) }
        let bundle = Bundle(item, clock.now + pause(key), clock)
        open[key] = bundle
        while bundle.deadline > clock.now, bundle.items.count < Self.mostParts {
            if await bundle.place.wait(until: bundle.deadline) == .cancelled { break }
        }
        if open[key] === bundle { open[key] = nil }
        begun[item.id] = bundle
        return .whole(Self.joined(bundle.items), others: bundle.items.dropFirst().map(\.id))
    }

    /// What became of a whole.
    func end(_ item: InboxItem, _ verdict: InboxVerdict) {
        guard let bundle = begun.removeValue(forKey: item.id) else { return }
        // The first part's note is one for all of them.
        let own: InboxVerdict = if case .finished = verdict { .finished([]) } else { verdict }
        for part in bundle.waiting { part.bring(own) }
    }

    private func pause(_ key: Key) -> Duration { key.album == nil ? Self.pastePause : Self.albumPause }

    private static func fits(_ item: InboxItem, _ bundle: Bundle) -> Bool {
        guard bundle.items.count < mostParts, let last = bundle.items.last else { return false }
        guard item.message.album == nil else { return true }
        let bytes = bundle.items.reduce(item.message.text.utf8.count) { $0 + $1.message.text.utf8.count }
        guard bytes <= mostBytes, item.message.media.isEmpty else { return false }
        // Where messages are numbered, the parts follow each other.
        guard let number = Int(item.message.messageID), let before = Int(last.message.messageID) else { return true }
        return number == before + 1
    }

    private static func joined(_ items: [InboxItem]) -> InboxItem {
        guard items.count > 1, var message = items.first?.message, let first = items.first else { return items[0] }
        message.text = items.map(\.message.text).filter { !$0.isEmpty }.joined(separator: "\n")
        message.media = items.flatMap(\.message.media)
        for item in items.dropFirst() {
            message.attention.formUnion(item.message.attention)
            if message.quote == nil { message.quote = item.message.quote }
        }
        return InboxItem(
            id: first.id, account: first.account, message: message, attempts: items.map(\.attempts).max() ?? 0)
    }
}
