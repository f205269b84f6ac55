import Platform
import Testing

@testable import Channels

/// What a connection says after its welcome.
struct IRCStayTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)
    private static let soon = start + .seconds(1)

    private static func stay(_ nick: String = "molly", _ change: (inout IRCSettings) -> Void = { _ in }) -> IRCStay {
        var settings = IRCSettings(host: "irc.test", port: 6697, nick: "molly")
        settings.channels = ["#Ops", "#dev"]
        change(&settings)
        return IRCStay(settings, nick: nick)
    }

    private static func withServices(_ settings: inout IRCSettings) { settings.nickServ = .init(password: "pw") }

    private static func take(_ stay: inout IRCStay, _ text: String, _ now: Instant = soon) -> IRCStay.Step {
        IRCLine(text).map { stay.take($0, now) } ?? IRCStay.Step()
    }

    @Test func withoutServicesTheChannelsAreJoinedAtOnce() {
        var stay = Self.stay()
        #expect(stay.begin(Self.start) == ["JOIN #Ops", "JOIN #dev"] && stay.wakeAt == nil)
    }

    @Test(arguments: [
        ":NickServ!s@services NOTICE molly :You are now identified for \u{2}molly\u{2}.",
        ":NickServ!s@services NOTICE molly :Password accepted - you are now recognized.",
        ":irc.test 900 molly molly!m@h molly :You are now logged in as molly", ":molly MODE molly :+r",
        ":irc.test 401 molly NickServ :No such nick/channel",
    ])
    func channelsWaitForTheServices(answer: String) {
        var stay = Self.stay("molly", Self.withServices)
        #expect(stay.begin(Self.start) == ["PRIVMSG NickServ :IDENTIFY pw"])
        let greeting = ":NickServ!s@services NOTICE molly :This nickname is registered. Please identify."
        #expect(Self.take(&stay, greeting).send.isEmpty)
        #expect(Self.take(&stay, answer).send == ["JOIN #Ops", "JOIN #dev"])
        #expect(Self.take(&stay, answer).send.isEmpty, "once")
        #expect(stay.due(Self.start + .seconds(60)).isEmpty)
    }

    @Test func servicesThatSayNothingAreNotWaitedFor() {
        var stay = Self.stay("molly", Self.withServices)
        _ = stay.begin(Self.start)
        #expect(stay.wakeAt == Self.start + IRCStay.servicesTime && stay.due(Self.soon).isEmpty)
        #expect(stay.due(Self.start + IRCStay.servicesTime) == ["JOIN #Ops", "JOIN #dev"])
    }

    @Test func aRefusedPasswordIsTold() {
        var stay = Self.stay("molly", Self.withServices)
        _ = stay.begin(Self.start)
        let step = Self.take(&stay, ":NickServ!s@services NOTICE molly :Invalid password for molly.")
        #expect(step.finding == "NickServ says: Invalid password for molly.; check nickserv.password")
        #expect(step.warning?.words == "Invalid password for molly." && step.send == ["JOIN #Ops", "JOIN #dev"])
        // Who calls himself NickServ in a channel is not it, and neither is anybody else.
        #expect(Self.take(&stay, ":ada!a@h NOTICE molly :invalid password").finding == nil)
        #expect(Self.take(&stay, ":NickServ!s@services NOTICE #ops :invalid password").finding == nil)
    }

    @Test func aNickThatIsTakenIsHadBack() {
        var stay = Self.stay("molly_", Self.withServices)
        #expect(
            stay.begin(Self.start) == [
                "PRIVMSG NickServ :IDENTIFY molly pw", "PRIVMSG NickServ :GHOST molly pw",
            ])
        let ghosted = ":NickServ!s@services NOTICE molly_ :molly has been ghosted."
        #expect(Self.take(&stay, ghosted).send == ["NICK molly"])
        #expect(Self.take(&stay, ":molly!x@h QUIT :ghosted").send == ["NICK molly"])
        #expect(stay.due(Self.start + IRCStay.retryTime).contains("NICK molly"))
        #expect(Self.take(&stay, ":molly_!m@h NICK :molly").send == ["PRIVMSG NickServ :IDENTIFY pw"])
        #expect(stay.nick == "molly" && stay.isOwn("MOLLY"))
        #expect(stay.due(Self.start + .seconds(600)).allSatisfy { $0.hasPrefix("JOIN") })
        var other = Self.stay("molly_") { $0.sasl = ("molly", "pw") }
        #expect(other.begin(Self.start).first == "PRIVMSG NickServ :GHOST molly", "the account is known already")
        #expect(Self.take(&other, ":molly!x@h NICK :away").send == ["NICK molly"])
    }

    @Test func aChannelThatDoesNotLetInIsAskedEverMoreRarely() {
        var stay = Self.stay()
        _ = stay.begin(Self.start)
        _ = Self.take(&stay, ":molly!m@h JOIN #ops")
        #expect(Self.take(&stay, ":op!o@h KICK #ops molly :out").warning?.about == "#ops")
        var now = Self.soon
        for wait in [60, 120, 240, 480, 600, 600] {
            #expect(stay.wakeAt == now + .seconds(wait))
            now = now + .seconds(wait)
            #expect(stay.due(now) == ["JOIN #Ops"] && stay.wakeAt == nil)
            let step = Self.take(&stay, ":s 474 molly #ops :Cannot join channel (+b)", now)
            #expect(step.warning == nil, "once is enough")
        }
        now = now + .seconds(600)
        _ = stay.due(now)
        _ = Self.take(&stay, ":molly!m@h JOIN :#ops", now)
        _ = Self.take(&stay, ":molly!m@h PART #ops", now)
        #expect(stay.wakeAt == now + .seconds(60), "it had been let in")
    }

    @Test(arguments: [
        ("molly", IRCStay.Target.us), ("MOLLY", .us), ("#Ops", .channel("#ops")), ("@#ops", .channel("#ops")),
        ("+#ops", .channel("#ops")), ("&local", .channel("&local")), ("$$*", nil), ("somebody", nil), ("@", nil),
        ("", nil),
    ])
    func whoIsMeant(name: String, target: IRCStay.Target?) {
        #expect(Self.stay().target(name) == target)
    }

    @Test func theServerSaysWhatItsNamesMean() {
        var stay = Self.stay()
        _ = Self.take(&stay, ":s 005 molly CASEMAPPING=strict-rfc1459 CHANTYPES=! STATUSMSG=~ :are supported")
        #expect(stay.target("~!Ops[") == .channel("!ops{") && stay.target("#ops") == nil)
    }

    @Test func theRoomFollowsWhatTheServerPutsBeforeUs() {
        var stay = Self.stay("molly_", Self.withServices)
        #expect(stay.prefixRoom == 86)
        _ = Self.take(&stay, ":molly_!m@host.test JOIN #ops")
        #expect(stay.prefixRoom == 18)
        _ = Self.take(&stay, ":molly_!m@host.test NICK molly")
        #expect(stay.prefixRoom == 17)
        _ = Self.take(&stay, ":s 396 molly cloak.test :is now your displayed host")
        #expect(stay.prefixRoom == 85)
    }
}
