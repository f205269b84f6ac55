package import Platform

/// A form with files in it (RFC 7578), whose length is known before any file is read.
package struct MultipartForm: Sendable {
    /// What no file holds by chance: 192 random bits.
    private let boundary: String
    private var parts: [HTTPFileBody.Part] = []

    package init() { self.init(boundary: "openclaw-" + Hex.encode(SecureRandom.bytes(24))) }

    init(boundary: String) { self.boundary = boundary }

    package mutating func add(_ name: String, _ value: String) {
        parts.append(.bytes(Array((head(name) + "\r\n\r\n\(value)\r\n").utf8)))
    }

    package mutating func add(_ name: String, _ value: JSON) {
        let head = head(name) + "\r\nContent-Type: application/json\r\n\r\n"
        parts.append(.bytes(Array(head.utf8) + JSONWriter.bytes(of: value) + Array("\r\n".utf8)))
    }

    /// A file under the name that the receiver is told.
    package mutating func add(_ name: String, _ file: OpenFile, named fileName: String, type: String) {
        let type = HTTPFields.isValid(value: type) && !type.isEmpty ? type : "application/octet-stream"
        let head = head(name) + "; filename=\"\(Self.quoted(fileName))\"\r\nContent-Type: \(type)\r\n\r\n"
        parts += [.bytes(Array(head.utf8)), .file(file), .bytes(Array("\r\n".utf8))]
    }

    package var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    package var body: HTTPRequestBody {
        let all = parts + [.bytes(Array("--\(boundary)--\r\n".utf8))]
        let pieces = HTTPFileBody(all)
        return .stream(length: all.reduce(0) { $0 + $1.size }) { try await pieces.next() }
    }

    private func head(_ name: String) -> String {
        "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(Self.quoted(name))\""
    }

    /// As browsers write names (the form encoding of HTML): what would end the quotes or the line is percent-encoded.
    private static func quoted(_ name: String) -> String {
        var output = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"": output += "%22"
            case "\r": output += "%0D"
            case "\n": output += "%0A"
            default: output.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7f ? "_" : scalar)
            }
        }
        return output
    }
}

extension HTTPClientRequest {
    package mutating func set(_ form: MultipartForm) {
        body = form.body
        fields.append("Content-Type", form.contentType)
    }
}
