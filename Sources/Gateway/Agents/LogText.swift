import Platform

/// A line of the log as people read it in a chat.
enum LogText {
    private static let known: Set<String> = ["time", "level", "subsystem", "message"]

    /// `04:23:17 info gateway.clients: connected, client cli`; a line that is no record stays as it is.
    static func line(_ bytes: [UInt8]) -> String {
        guard let record = try? JSONParser.parse(bytes.span).object, let message = record["message"]?.string else {
            return String(decoding: bytes, as: UTF8.self)
        }
        let time = record["time"]?.string.map { String($0.dropFirst(11).prefix(8)) } ?? ""
        let rest = record.members.filter { !known.contains($0.key) }
            .map { ", \($0.key) \($0.value.string ?? $0.value.description)" }
        let head = [time, record["level"]?.string ?? "", record["subsystem"]?.string ?? ""].filter { !$0.isEmpty }
        return "\(head.joined(separator: " ")): \(message)\(rest.joined())"
    }
}
