import Agents
import Platform
import Wire

/// `GET /v1/models` and `/v1/models/{id}`: the agents, as OpenAI lists models.
@LoopActor
struct ModelsEndpoint {
    let roster: AgentRoster

    private var ids: [String] { ["openclaw", "openclaw/default"] + roster.agents.map { "openclaw/\($0.id)" } }

    var list: JSON { ["object": "list", "data": .array(ids.map { Self.model($0) })] }

    /// `encoded` stands in the path as the client wrote it.
    func model(_ encoded: String) throws(APIError) -> JSON {
        guard let id = PathText.decoded(encoded), !id.isEmpty, id.utf8.count <= 128, id.utf8.allSatisfy({ $0 > 0x20 })
        else { throw .invalid("Invalid model id.") }
        guard ids.contains(where: { $0.hasSameBytes(as: id) }) else {
            throw .notFound("Model '\(id)' not found.", code: "model_not_found")
        }
        return Self.model(id)
    }

    private static func model(_ id: String) -> JSON {
        ["id": .string(id), "object": "model", "created": 0, "owned_by": "openclaw", "permission": []]
    }
}

/// Texts in a path, percent-encoded.
enum PathText {
    /// Nil for what is no UTF-8, or has a % without two digits, or decodes to a control character: none of it is an
    /// honest name.
    static func decoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(ASCII.hexValue), let low = iterator.next().flatMap(ASCII.hexValue)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        guard let decoded = bytes.span.text, decoded.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
        return decoded
    }
}
