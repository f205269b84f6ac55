import Testing

@testable import CLI

/// Which lines of the log are about channels.
@Suite struct ChannelLinesTests {
    private static func isAbout(_ line: String, _ channel: String?) -> Bool {
        LogEntry(line).isAbout(channel: channel)
    }

    @Test func theSubsystemSaysIt() {
        let connector = #"{"time":"t","level":"warn","subsystem":"gateway.channels.telegram","message":"m"}"#
        #expect(Self.isAbout(connector, nil) && Self.isAbout(connector, "telegram"))
        #expect(!Self.isAbout(connector, "irc"))
        let handler = #"{"subsystem":"gateway.channels","message":"m","account":"irc/work"}"#
        #expect(Self.isAbout(handler, nil) && Self.isAbout(handler, "irc") && !Self.isAbout(handler, "ir"))
        #expect(!Self.isAbout(#"{"subsystem":"gateway.clients","message":"channels"}"#, nil))
        #expect(!Self.isAbout("channels: no record", nil))
    }
}
