package import Platform

/// Writes what a server sends. Absent fields are left out, never null: some clients take the mere presence of `error`
/// for a failure (protocol.md section 0, rules 4 and 5). A writer that is kept allocates nothing for a frame that fits;
/// `withSpan` shows the last frame written.
package struct FrameWriter: ~Copyable {
    private var json = JSONWriter()

    package init() {}

    package borrowing func withSpan<Value>(_ body: (Span<UInt8>) -> Value) -> Value { body(json.span) }

    package mutating func response(_ id: String, _ payload: JSON?) {
        beginResponse(id)
        if let payload {
            json.written(",\"ok\":true,\"payload\":")
            json.value(payload)
        } else {
            json.written(",\"ok\":")
            json.bool(true)
        }
        json.endObject()
    }

    /// `payload` is JSON already.
    package mutating func response(_ id: String, encoded payload: Span<UInt8>) {
        beginResponse(id)
        json.written(",\"ok\":true,\"payload\":")
        json.encoded(payload)
        json.endObject()
    }

    package mutating func failure(_ id: String, _ error: RPCError) {
        beginResponse(id)
        if let payload = error.payload {
            json.written(",\"ok\":false,\"payload\":")
            json.value(payload)
            json.key("error")
        } else {
            json.written(",\"ok\":false,\"error\":")
        }
        error.write(to: &json)
        json.endObject()
    }

    private mutating func beginResponse(_ id: String) {
        json.removeAll()
        json.written("{\"type\":\"res\",\"id\":", opening: 1)
        json.string(id)
    }

    /// `payload` is JSON already: it is the same for every client, only `seq` differs.
    package mutating func event(
        _ name: String, encoded payload: Span<UInt8>, seq: Int64? = nil, stateVersion: StateVersion? = nil
    ) {
        json.removeAll()
        json.written("{\"type\":\"event\",\"event\":", opening: 1)
        json.string(name)
        json.written(",\"payload\":")
        json.encoded(payload)
        if let seq {
            json.key("seq")
            json.int(seq)
        }
        if let stateVersion {
            json.key("stateVersion")
            stateVersion.write(to: &json)
        }
        json.endObject()
    }
}

/// How often presence and health have changed; both start at 1 (protocol.md section 8).
package struct StateVersion: Sendable, Equatable {
    package var presence: Int64
    package var health: Int64

    package init(presence: Int64 = 1, health: Int64 = 1) {
        self.presence = presence
        self.health = health
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("presence")
        writer.int(presence)
        writer.key("health")
        writer.int(health)
        writer.endObject()
    }

    package var json: JSON { ["presence": .int(presence), "health": .int(health)] }
}
