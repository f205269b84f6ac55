import Platform
import Store
import Support
import Testing

@testable import Channels

/// An account on a server that the test plays, with a real inbox around.
@LoopActor
final class IRCBench: AccountBench {
    let clock = FakeClock()
    let handler = FakeHandler()
    private(set) var runner: AccountRunner!
    private(set) var peers: [Peer] = []
    /// What the next connections meet.
    var faults: [Fault] = []
    /// Lines that are not answered by the script.
    var isMute = false
    private let scratch = ScratchDirectory()
    let store: Store
    private var answered = 0

    enum Fault { case refused, reset, silence, half }

    init(nickServ: Bool = false) async throws {
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: .channels)
        var settings = IRCSettings(host: "irc.test", port: 6697, nick: "molly")
        settings.channels = ["#Ops"]
        if nickServ { settings.nickServ = .init(password: "pw") }
        let log = Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
        runner = AccountRunner(
            ChannelAccount(channel: "irc"), .irc, store: store, handler: handler, clock: clock, log: log, chance: { 0 }
        ) { [unowned self] in
            IRCConnector(settings, clock: clock, log: log) { _ in try self.dial() }
        }
        runner.start()
    }

    struct Refused: Error, CustomStringConvertible { var description: String { "nobody listens" } }

    private func dial() throws -> any ByteStream {
        let (ours, theirs) = MemoryPipe.pair()
        let fault = faults.isEmpty ? nil : faults.removeFirst()
        if case .refused? = fault { throw Refused() }
        let peer = Peer(theirs)
        switch fault {
        case .reset?: peer.close()
        case .half?:
            peer.send(":irc.test NOTICE * :*** Look")
            peer.finish()
        case .silence?: break
        default: peers.append(peer)
        }
        return ours
    }

    var peer: Peer? { peers.last }

    /// The server's part: welcomes, lets join, answers pings.
    func play() {
        guard let peer, !isMute else { return }
        let lines = peer.text.split(separator: "\r\n").map(String.init)
        peer.clear()
        seen += lines
        for line in lines {
            if line.hasPrefix("CAP LS") { peer.send(":irc.test CAP * LS :multi-prefix\r\n") }
            if line == "CAP END" {
                peer.send(
                    ":irc.test 001 molly :Welcome\r\n:irc.test 005 molly CASEMAPPING=ascii CHANTYPES=# :are supported\r\n"
                )
            }
            if line.hasPrefix("JOIN ") { peer.send(":molly!~m@host.test \(line)\r\n") }
            if line.hasPrefix("PING ") { peer.send(":irc.test PONG irc.test :openclaw\r\n") }
        }
    }

    private(set) var seen: [String] = []

    func end() async {
        for peer in peers { peer.close() }
        await runner.close()
        await store.close()
    }
}

struct IRCConnectorTests {
    static func with(
        nickServ: Bool = false, _ body: @escaping @LoopActor @Sendable (IRCBench) async throws -> Void
    ) async throws {
        try await onLoop {
            let bench = try await IRCBench(nickServ: nickServ)
            do {
                try await body(bench)
            } catch {
                await bench.end()
                throw error
            }
            await bench.end()
        }
    }

    @Test func whatIsSaidIsTaken() async throws {
        try await Self.with { bench in
            try await bench.calm()
            #expect(bench.runner.present.isReceiving)
            #expect(bench.seen.contains("JOIN #Ops"))
            bench.peer?.send(":ada!a@h PRIVMSG molly :\u{2}hello\u{2} there\r\n:ada!a@h PRIVMSG #OPS :molly: up?\r\n")
            bench.peer?.send(":ada!a@h PRIVMSG #ops :\u{1}ACTION waves\u{1}\r\n:ada!a@h NOTICE molly :ignored\r\n")
            bench.peer?.send(":molly!~m@host.test PRIVMSG #ops :my own\r\n")
            try await bench.calm()
            #expect(bench.handler.begun == ["hello there", "molly: up?", "* ada waves"])
        }
    }

    @Test func linesThatNoServerMaySendArePassedOver() async throws {
        try await Self.with { bench in
            try await bench.calm()
            bench.peer?.send(":ada!a@h PRIVMSG molly :" + String(repeating: "x", count: 60_000))
            try await bench.calm()
            bench.peer?.send("\r\n\r\n:\r\n \r\n:ada!a@h PRIVMSG molly :after\r\n")
            bench.peer?.send([0xFF, 0xFE, 13, 10])
            bench.peer?.send(":ada!a@h PRIVMSG molly :last\r\n")
            try await bench.calm()
            #expect(bench.handler.begun == ["after", "last"])
        }
    }

    @Test func programsAreAnsweredRarelyAndNoticesNever() async throws {
        try await Self.with { bench in
            try await bench.calm()
            for _ in 0..<5 { bench.peer?.send(":ada!a@h PRIVMSG molly :\u{1}VERSION\u{1}\r\n") }
            bench.peer?.send(
                ":ada!a@h NOTICE molly :\u{1}VERSION\u{1}\r\n:ada!a@h PRIVMSG molly :\u{1}DCC SEND x\u{1}\r\n")
            try await bench.calm()
            #expect(bench.seen.filter { $0.hasPrefix("NOTICE ada") } == ["NOTICE ada :\u{1}VERSION openclaw\u{1}"])
            #expect(bench.handler.begun.isEmpty)
        }
    }

    @Test func whoIsThrownOutComesBack() async throws {
        try await Self.with { bench in
            try await bench.calm()
            bench.peer?.send(":op!o@h KICK #ops molly :out\r\n")
            try await bench.pass(.seconds(30))
            #expect(bench.seen.filter { $0.hasPrefix("JOIN") }.count == 1)
            try await bench.pass(.seconds(40))
            #expect(bench.seen.filter { $0.lowercased() == "join #ops" }.count == 2)
        }
    }

    @Test func aLongAnswerKeepsToThePaceAndToTheLine() async throws {
        try await Self.with { bench in
            try await bench.calm()
            let lines = (1...9).map { "line \($0) " + String(repeating: "é", count: $0 == 9 ? 300 : 150) }
            let address = ChatAddress(ChannelAccount(channel: "irc"), chat: "#ops")
            let texts = [lines[0..<3], lines[3..<5], lines[5..<9]].map { $0.joined(separator: "\n") }
            let entries = texts.enumerated().map { OutboxEntry(key: "k\($0)", OutboundMessage(address, text: $1)) }
            try await bench.runner.outbox.put(entries)
            try await bench.calm()
            @LoopActor func said() -> [String] { bench.seen.filter { $0.hasPrefix("PRIVMSG #ops") } }
            #expect(said().count == 5)
            try await bench.pass(.seconds(7))
            #expect(said().count == 5)
            try await bench.pass(.seconds(2))
            #expect(said().count == 10, "the last line is two")
            let prefix = ":molly!~m@host.test "
            #expect(said().allSatisfy { (prefix + $0 + "\r\n").utf8.count <= 512 })
            let hostile = OutboundMessage(ChatAddress(ChannelAccount(channel: "irc"), chat: "#ops\r\nQUIT"), text: "x")
            try await bench.runner.outbox.put([OutboxEntry(key: "h", hostile)])
            try await bench.pass(.seconds(20))
            #expect(!bench.seen.contains { $0.hasPrefix("QUIT") })
        }
    }

    @Test(arguments: [[IRCBench.Fault.refused, .refused], [.reset, .reset], [.half, .reset], [.silence]])
    func aFaultAtTheStartPasses(faults: [IRCBench.Fault]) async throws {
        try await onLoop {
            let bench = try await IRCBench()
            bench.faults = faults
            // Who says nothing is given a minute to begin, twice the server's own time.
            try await bench.pass(faults.count == 1 ? .seconds(100) : .seconds(35))
            #expect(bench.runner.present.isReceiving)
            await bench.end()
        }
    }

    @Test func aServerThatFallsSilentIsLeftAndTheGapIsTold() async throws {
        try await Self.with { bench in
            try await bench.calm()
            let first = bench.clock.wall
            bench.isMute = true
            try await bench.pass(.seconds(190))
            #expect(!bench.runner.present.isReceiving)
            bench.isMute = false
            bench.peer?.close()
            try await bench.pass(.seconds(70))
            #expect(bench.runner.present.isReceiving)
            let gap = try #require(bench.runner.present.gap)
            #expect(gap.lowerBound >= first && gap.upperBound <= bench.clock.wall)
            #expect(gap.upperBound.seconds - gap.lowerBound.seconds > 150)
            bench.peer?.send(":ada!a@h PRIVMSG molly :still there?\r\n")
            try await bench.calm()
            #expect(bench.handler.begun == ["still there?"])
        }
    }

    @Test func aBusyChannelIsNoSilence() async throws {
        try await Self.with { bench in
            try await bench.calm()
            for number in 0..<40 {
                bench.peer?.send(":ada!a@h PRIVMSG #ops :\(number)\r\n")
                try await bench.pass(.seconds(10))
            }
            #expect(bench.runner.present.isReceiving && bench.runner.present.restarts == 0)
            #expect(bench.seen.filter { $0.hasPrefix("PING") }.count == 6)
        }
    }

    @Test func wordsAreNoSignThatTheServerStillHearsUs() async throws {
        try await Self.with { bench in
            try await bench.calm()
            bench.isMute = true
            for number in 0..<19 {
                bench.peer?.send(":ada!a@h PRIVMSG #ops :\(number)\r\n")
                try await bench.pass(.seconds(10))
            }
            #expect(!bench.runner.present.isReceiving && bench.handler.begun.count >= 15)
        }
    }

    @Test func whatTheServicesHaveAgainstItIsInItsStatus() async throws {
        try await Self.with(nickServ: true) { bench in
            try await bench.calm()
            #expect(bench.seen.contains("PRIVMSG NickServ :IDENTIFY pw") && !bench.seen.contains("JOIN #Ops"))
            bench.peer?.send(":NickServ!s@services NOTICE molly :Invalid password for molly.\r\n")
            try await bench.calm()
            #expect(bench.runner.present.identity?.findings.first?.contains("nickserv.password") == true)
            #expect(bench.seen.contains("JOIN #Ops"))
        }
    }

    @Test func aServerThatBansStopsIt() async throws {
        try await Self.with { bench in
            try await bench.calm()
            bench.peer?.send("ERROR :Closing Link: molly (K-Lined)\r\n")
            try await bench.calm()
            guard case .stopped(let reason, let cure) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(reason.contains("banned") && cure.contains("staff"))
        }
    }

    @Test func aVirtualDayWithoutAWordIsNoFault() async throws {
        try await Self.with { bench in
            try await bench.calm()
            for _ in 0..<(24 * 60) {
                await bench.clock.advance(by: .seconds(61))
                try await bench.calm(3)
            }
            #expect(bench.runner.present.isReceiving && bench.runner.present.restarts == 0)
            #expect(bench.seen.filter { $0.hasPrefix("PING") }.count > 700)
        }
    }
}
