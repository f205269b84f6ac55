package import Platform

/// What a client of ours receives.
package enum ReceivedFrame: Sendable {
    case response(id: String, Result<JSON?, RPCError>)
    case event(name: String, payload: JSON?, seq: Int64?)
    /// Of a kind that a newer server has; ignored.
    case other

    package static func parse(_ bytes: Span<UInt8>) throws(JSONError) -> ReceivedFrame? {
        let root = JSONField(try JSONParser.parse(bytes, limits: ClientFrame.limits))
        do throws(JSONDecodingError) {
            let object = try root.object()
            switch try object.field("type").string() {
            case "res":
                let id = try object.field("id").string()
                if try object.field("ok").bool() { return .response(id: id, .success(object.field("payload").value)) }
                var error = try RPCError(object.field("error"))
                error.payload = object.field("payload").value
                return .response(id: id, .failure(error))
            case "event":
                return .event(
                    name: try object.field("event").string(), payload: object.field("payload").value,
                    seq: try object.field("seq").ifPresent.map { (field) throws(JSONDecodingError) in
                        Int64(try field.integer())
                    })
            default: return .other
            }
        } catch {
            return nil
        }
    }
}
