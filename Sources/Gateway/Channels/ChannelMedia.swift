import Agents
import Channels
import Platform
import Wire

/// The files of chats: those that came, and those that wait to be sent. Both lie on shelves in the state directory, under
/// names of our own.
@LoopActor
final class ChannelMedia {
    /// Bytes of a file that waits to be sent, where no platform says less.
    nonisolated static let sentBytes = 1 << 30
    /// Where an agent finds what came, in its workspace.
    nonisolated static let place = "media/inbound"

    let came: MediaShelf
    let waiting: MediaShelf
    /// Goes to public addresses alone.
    let web: any HTTPFetching
    let clock: any Clock
    let gate: FetchGate
    /// `agents.defaults.mediaMaxMb`.
    private var shared: Int?
    /// The last message of each chat whose files are being fetched: what comes after it waits for it.
    var last: [ChatAddress: Task<Found, any Error>] = [:]

    /// `web` must go through an `OutboundGuard`.
    init(stateDirectory: String, web: any HTTPFetching, clock: any Clock) {
        came = MediaShelf("\(stateDirectory)/media/inbound", spared: .seconds(3600))
        // As long as a message may wait to be sent, and a bit.
        waiting = MediaShelf("\(stateDirectory)/media/outbound", spared: Outbox.ageLimit + .seconds(3600))
        self.web = web
        self.clock = clock
        gate = FetchGate(Self.together, clock: clock)
    }

    func take(_ config: JSON) { shared = config["agents"]?["defaults"]?["mediaMaxMb"]?.int }

    private func configured(_ account: ChannelServices.Account) -> Int? {
        (account.settings.config["mediaMaxMb"]?.int ?? shared).map { max(1, min($0, 4096)) << 20 }
    }

    /// Bytes of a file that is fetched.
    func limit(received account: ChannelServices.Account) -> Int {
        configured(account) ?? (account.platform.facts.files?.defaultMegabytes ?? 0) << 20
    }

    /// Bytes of a file that is sent, and whose limit that is.
    func limit(sent account: ChannelServices.Account) -> (bytes: Int, whose: String) {
        let platform = (account.platform.facts.files?.sent ?? Self.sentBytes, account.platform.facts.label)
        guard let own = configured(account), own < platform.0 else { return platform }
        return (own, "mediaMaxMb")
    }
}

/// Names as they are told to agents and people: on one line, and not like a line of the gateway's own.
enum FileName {
    static func shown(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "[", "]", "<", ">": text.append("_")
            case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) || scalar.properties.isWhitespace:
                text.append(" ")
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text.withoutOuterSpace.cut(to: 80)
    }

    /// What stands behind the last slash, without what no file system has in a name.
    static func last(_ path: String) -> String {
        let name = path.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        let clean = String(
            String.UnicodeScalarView(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
        return clean == "." || clean == ".." ? "" : clean.cut(to: 200)
    }
}
