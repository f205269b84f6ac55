import Platform
import Wire

/// The command line.
struct Options: Sendable {
    static let usage = """
        usage: http-probe [flags] URL...
          --method M            GET
          --header 'Name: value'
          --bytes N, --stream N, --chunked N   a body of N bytes in that framing
          --repeat N            send all requests N times
          --parallel N          N at a time
          --pause MS            between two requests
          --limit N             bytes of a response's body
          --discard             do not keep the body
          --events              read the body as events
          --follow N            follow up to N redirects
          --first-byte MS, --total MS          deadlines
          --ca FILE             certificate authorities in place of the system's
          --proxy               use the proxies that the environment names
        """

    enum Body: Sendable { case none, bytes, stream, chunked }

    var method = HTTPMethod.get
    var fields = HTTPFields()
    var body = Body.none
    var size = 0
    var rounds = 1
    var parallel = 1
    var pause = Duration.zero
    var limit = HTTPClientRequest.defaultBodyLimit
    var discards = false
    var readsEvents = false
    var redirects = HTTPRedirects.returned
    var deadlines = HTTPDeadlines()
    var authorities: String?
    var usesProxies = false
    var urls: [String] = []

    init?(_ arguments: ArraySlice<String>) {
        var arguments = arguments
        while let flag = arguments.popFirst() {
            switch flag {
            case "--discard": discards = true
            case "--events": readsEvents = true
            case "--proxy": usesProxies = true
            case _ where !flag.hasPrefix("--"): urls.append(flag)
            default: guard let value = arguments.popFirst(), set(flag, value) else { return nil }
            }
        }
        if urls.isEmpty { return nil }
    }

    private mutating func set(_ flag: String, _ value: String) -> Bool {
        switch flag {
        case "--method":
            guard let known = HTTPMethod(rawValue: value) else { return false }
            method = known
            return true
        case "--header":
            guard let colon = value.firstIndex(of: ":") else { return false }
            fields.append(String(value[..<colon]), String(value[value.index(after: colon)...].drop { $0 == " " }))
            return true
        case "--ca":
            authorities = value
            return true
        default: break
        }
        guard let number = Int(value), number >= 0 else { return false }
        switch flag {
        case "--bytes": (body, size) = (.bytes, number)
        case "--stream": (body, size) = (.stream, number)
        case "--chunked": (body, size) = (.chunked, number)
        case "--repeat": rounds = number
        case "--parallel": parallel = number
        case "--pause": pause = .milliseconds(number)
        case "--limit": limit = number
        case "--follow": redirects = .followed(limit: number)
        case "--first-byte": deadlines.firstByte = .milliseconds(number)
        case "--total": deadlines.total = .milliseconds(number)
        default: return false
        }
        return true
    }
}

/// Bytes that no shift or repetition of a piece would leave the same; the peers make them by the same rule.
struct Pattern: Sendable {
    static let block = (0..<65536).map { UInt8(truncatingIfNeeded: $0 * 31 + ($0 >> 8) * 7) }

    static func bytes(_ range: Range<Int>) -> [UInt8] { range.map { block[$0 & 65535] } }
}
