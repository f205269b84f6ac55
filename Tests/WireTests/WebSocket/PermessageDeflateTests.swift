import Testing
import Wire

@Suite struct PermessageDeflateTests {
    private func settings(
        _ role: WebSocketRole, outgoing: PermessageDeflate.Direction = .init(),
        incoming: PermessageDeflate.Direction = .init()
    ) -> DeflateSettings {
        var settings = DeflateSettings(for: role)
        settings.outgoing = outgoing
        settings.incoming = incoming
        return settings
    }

    private func accept(_ field: String, _ settings: DeflateSettings) -> (agreed: PermessageDeflate, response: String)?
    {
        PermessageDeflate.accept(WebSocketExtension.parse([field])!, settings)
    }

    private func agreed(_ response: String, _ settings: DeflateSettings) -> PermessageDeflate? {
        PermessageDeflate(response: WebSocketExtension.parse([response])![0], to: settings)
    }

    @Test(arguments: [
        ("permessage-deflate", "permessage-deflate", 15, true, 15, true),
        ("permessage-deflate; client_max_window_bits", "permessage-deflate", 15, true, 15, true),
        (
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover", 15, false, 15, false
        ),
        (
            "permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9", 9, true, 15,
            true
        ),
        (
            "permessage-deflate; server_max_window_bits=\"15\"", "permessage-deflate; server_max_window_bits=15", 15,
            true, 15, true
        ),
        (
            "permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8", 15, true, 8,
            true
        ),
    ])
    func anOfferIsTakenAsItIs(
        offer: String, response: String, outgoingBits: Int, outgoingKeeps: Bool, incomingBits: Int, incomingKeeps: Bool
    ) throws {
        let accepted = try #require(accept(offer, settings(.server)))
        #expect(accepted.response == response)
        #expect(accepted.agreed.outgoing == .init(windowBits: outgoingBits, keepsContext: outgoingKeeps))
        #expect(accepted.agreed.incoming == .init(windowBits: incomingBits, keepsContext: incomingKeeps))
    }

    @Test func aServerAsksForLessThanItIsOffered() throws {
        let modest = settings(
            .server, outgoing: .init(windowBits: 11, keepsContext: false),
            incoming: .init(windowBits: 10, keepsContext: false))
        #expect(
            accept("permessage-deflate; server_max_window_bits=13; client_max_window_bits=12", modest)?.response
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                + "server_max_window_bits=11; client_max_window_bits=10")
        // A client that does not say so cannot be limited, and one that did not ask need not hear of our window.
        let accepted = try #require(accept("permessage-deflate", modest))
        #expect(
            accepted.response == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
        #expect(accepted.agreed.incoming.windowBits == 15)
        #expect(accepted.agreed.outgoing.windowBits == 11)
    }

    @Test(arguments: [
        "x-other", "permessage-deflate; unknown", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=true", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010", "permessage-deflate; server_max_window_bits=+9",
        "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
        "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        // zlib cannot write a window of 256 bytes.
        "permessage-deflate; server_max_window_bits=8",
    ])
    func anOfferThatCannotBeKeptIsPassedOver(offer: String) {
        #expect(accept(offer, settings(.server)) == nil)
        #expect(
            accept("\(offer), permessage-deflate; server_max_window_bits=10", settings(.server))?.response
                == "permessage-deflate; server_max_window_bits=10")
    }

    @Test func aClientOffersWhatItWants() {
        #expect(PermessageDeflate.offer(settings(.client)) == "permessage-deflate; client_max_window_bits")
        #expect(
            PermessageDeflate.offer(
                settings(
                    .client, outgoing: .init(windowBits: 12, keepsContext: false),
                    incoming: .init(windowBits: 9, keepsContext: false)))
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                + "server_max_window_bits=9; client_max_window_bits=12")
    }

    @Test func aClientKeepsToTheResponse() {
        let plain = settings(.client)
        #expect(agreed("permessage-deflate", plain) == .init(outgoing: .init(), incoming: .init()))
        #expect(
            agreed(
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                    + "server_max_window_bits=8; client_max_window_bits=9", plain)
                == .init(
                    outgoing: .init(windowBits: 9, keepsContext: false),
                    incoming: .init(windowBits: 8, keepsContext: false)))
        let small = settings(.client, outgoing: .init(windowBits: 12))
        #expect(agreed("permessage-deflate", small)?.outgoing.windowBits == 12)
        #expect(agreed("permessage-deflate; client_max_window_bits=10", small)?.outgoing.windowBits == 10)
    }

    @Test(arguments: [
        "x-other", "permessage-deflate; unknown", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
        "permessage-deflate; client_max_window_bits=16",
    ])
    func aResponseThatNoServerMayGiveFails(response: String) {
        #expect(agreed(response, settings(.client)) == nil)
    }

    @Test func aWindowThatWeCannotWriteIsAgreedToAndNothingIsCompressed() throws {
        let agreement = try #require(agreed("permessage-deflate; client_max_window_bits=8", settings(.client)))
        #expect(agreement.outgoing.windowBits == 8)
        let wanted = [8, 9].map { bits in
            MessageDeflater(PermessageDeflate.Direction(windowBits: bits), settings(.client)).wants(1_000_000)
        }
        #expect(wanted == [false, true])
    }

    @Test func aResponseThatGrantsLessThanWasAskedFails() {
        let asking = settings(
            .client, outgoing: .init(windowBits: 12), incoming: .init(windowBits: 11, keepsContext: false))
        let granted = "permessage-deflate; server_no_context_takeover; server_max_window_bits="
        #expect(agreed(granted + "11", asking) != nil)
        #expect(agreed(granted + "10", asking) != nil)
        #expect(agreed(granted + "12", asking) == nil)
        #expect(agreed("permessage-deflate; server_no_context_takeover", asking) == nil)
        #expect(agreed("permessage-deflate; server_max_window_bits=11", asking) == nil)
        #expect(agreed(granted + "11; client_max_window_bits=12", asking) != nil)
        #expect(agreed(granted + "11; client_max_window_bits=13", asking) == nil)
    }

    @Test(arguments: [9, 12, 15], [true, false])
    func bothSidesReadTheSameAgreement(bits: Int, keeps: Bool) throws {
        let client = settings(
            .client, outgoing: .init(windowBits: bits, keepsContext: keeps), incoming: .init(windowBits: 24 - bits))
        for server in [DeflateSettings(for: .server), settings(.server, outgoing: .init(keepsContext: !keeps))] {
            let accepted = try #require(accept(PermessageDeflate.offer(client), server))
            let answered = try #require(agreed(accepted.response, client))
            #expect(answered.outgoing.windowBits <= accepted.agreed.incoming.windowBits)
            #expect(accepted.agreed.outgoing.windowBits <= answered.incoming.windowBits)
            #expect(answered.incoming.keepsContext == accepted.agreed.outgoing.keepsContext)
            #expect(answered.outgoing.keepsContext == accepted.agreed.incoming.keepsContext)
        }
    }
}
