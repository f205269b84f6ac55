extension PermessageDeflate {
    /// The server's side (RFC 7692 section 5): takes the first offer that it can keep, and says how in `response`. Nil
    /// if there is none: the connection then goes on uncompressed.
    package static func accept(
        _ offers: [WebSocketExtension], _ settings: DeflateSettings
    ) -> (agreed: PermessageDeflate, response: String)? {
        for offer in offers where offer.name == name {
            guard let offered = DeflateParameters(offer, inOffer: true) else { continue }
            let outgoing = Direction(
                windowBits: min(settings.outgoing.windowBits, offered.serverMaxWindowBits ?? 15),
                keepsContext: settings.outgoing.keepsContext && !offered.serverNoContextTakeover)
            guard Direction.writableWindowBits.contains(outgoing.windowBits) else { continue }
            var incoming = Direction(
                keepsContext: settings.incoming.keepsContext && !offered.clientNoContextTakeover)

            var response = DeflateParameters()
            response.serverNoContextTakeover = !outgoing.keepsContext
            response.clientNoContextTakeover = !incoming.keepsContext
            // A smaller window than one allows needs no word; but who asked gets the answer that section 7.1.2.1 demands.
            if offered.serverMaxWindowBits != nil { response.serverMaxWindowBits = outgoing.windowBits }
            switch offered.clientMaxWindowBits {
            case .absent: break  // Section 7.1.2.2: such a client cannot be limited.
            case .unspecified: incoming.windowBits = settings.incoming.windowBits
            case .bits(let bits): incoming.windowBits = min(bits, settings.incoming.windowBits)
            }
            if incoming.windowBits < 15 { response.clientMaxWindowBits = .bits(incoming.windowBits) }
            return (PermessageDeflate(outgoing: outgoing, incoming: incoming), response.field)
        }
        return nil
    }

    /// The client's side: the Sec-WebSocket-Extensions field of its request.
    package static func offer(_ settings: DeflateSettings) -> String { offered(settings).field }

    private static func offered(_ settings: DeflateSettings) -> DeflateParameters {
        var offer = DeflateParameters()
        offer.serverNoContextTakeover = !settings.incoming.keepsContext
        offer.clientNoContextTakeover = !settings.outgoing.keepsContext
        if settings.incoming.windowBits < 15 { offer.serverMaxWindowBits = settings.incoming.windowBits }
        offer.clientMaxWindowBits =
            settings.outgoing.windowBits < 15 ? .bits(settings.outgoing.windowBits) : .unspecified
        return offer
    }

    /// What the server's response to `offer(settings)` means; nil if it is none that a server may give, upon which
    /// section 7.1 has the connection fail.
    package init?(response: WebSocketExtension, to settings: DeflateSettings) {
        guard response.name == Self.name, let answer = DeflateParameters(response, inOffer: false) else { return nil }
        let offer = Self.offered(settings)
        var outgoing = settings.outgoing
        if answer.clientNoContextTakeover { outgoing.keepsContext = false }
        if case .bits(let bits) = answer.clientMaxWindowBits {
            guard bits <= outgoing.windowBits || offer.clientMaxWindowBits == .unspecified else { return nil }
            outgoing.windowBits = min(bits, outgoing.windowBits)
        }
        if offer.serverNoContextTakeover, !answer.serverNoContextTakeover { return nil }
        if let asked = offer.serverMaxWindowBits {
            guard let granted = answer.serverMaxWindowBits, granted <= asked else { return nil }
        }
        let incoming = Direction(
            windowBits: answer.serverMaxWindowBits ?? 15, keepsContext: !answer.serverNoContextTakeover)
        self.init(outgoing: outgoing, incoming: incoming)
    }
}
