/// One element of a Sec-WebSocket-Extensions field (RFC 6455 section 9.1).
package struct WebSocketExtension: Equatable, Sendable {
    package struct Parameter: Equatable, Sendable {
        package let name: String
        package let value: String?
    }

    package let name: String
    package let parameters: [Parameter]

    /// The extensions in these field values, in order; nil if one is malformed. Several fields count as one.
    package static func parse(_ fields: [String]) -> [WebSocketExtension]? {
        FieldReader.elements(of: fields, parse)
    }

    private static func parse(_ reader: inout FieldReader) -> WebSocketExtension? {
        guard let name = reader.token() else { return nil }
        var parameters: [Parameter] = []
        while reader.skip(";") {
            guard let name = reader.token() else { return nil }
            guard reader.skip("=") else {
                parameters.append(Parameter(name: name, value: nil))
                continue
            }
            guard let value = reader.isAtQuote ? reader.quotedToken() : reader.token() else { return nil }
            parameters.append(Parameter(name: name, value: value))
        }
        return WebSocketExtension(name: name, parameters: parameters)
    }
}
