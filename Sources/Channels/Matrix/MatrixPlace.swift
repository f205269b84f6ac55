import Platform

/// How far the account's events were read.
struct MatrixPlace: Equatable {
    /// The homeserver's own mark.
    var since: String?
    /// When that was.
    var at: WallTime?
    /// What a password was exchanged for: homeservers let nobody log in often.
    var token: String?

    init() {}

    /// An unreadable place is none: it cannot be read better next time.
    init(cursor: String?) {
        guard let cursor, let json = try? JSONParser.parse(cursor), json["v"]?.int == 1 else { return }
        since = json["since"]?.string
        token = json["token"]?.string
        at = json["at"]?.int.map { WallTime(milliseconds: Int64($0)) }
    }

    var cursor: String {
        var json: JSON = ["v": 1]
        json["token"] = token.map { .string($0) }
        json["since"] = since.map { .string($0) }
        json["at"] = at.map { .int($0.milliseconds) }
        return json.description
    }
}
