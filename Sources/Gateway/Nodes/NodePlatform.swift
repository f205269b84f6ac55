/// What kind of machine a node says it runs on; it decides which commands a node of that kind may offer.
enum NodePlatform: CaseIterable, Sendable {
    case iOS, watchOS, android, macOS, windows, linux, unknown

    /// Clients write `macos 15.1.0`, `iOS 18.4.0`, `linux`; some say it only by the family of the device.
    init(platform: String?, deviceFamily: String?) {
        self = Self.named(platform) ?? Self.named(deviceFamily) ?? .unknown
    }

    private static let beginnings: [(String, NodePlatform)] = [
        ("ios", .iOS), ("ipados", .iOS), ("iphone", .iOS), ("ipad", .iOS), ("watchos", .watchOS),
        ("apple watch", .watchOS), ("android", .android), ("mac", .macOS), ("darwin", .macOS), ("win", .windows),
        ("linux", .linux),
    ]

    private static func named(_ text: String?) -> NodePlatform? {
        guard let text = text?.lowercased() else { return nil }
        return beginnings.first { text.hasPrefix($0.0) }?.1
    }

    var isDesktop: Bool {
        switch self {
        case .macOS, .windows, .linux: true
        case .iOS, .watchOS, .android, .unknown: false
        }
    }
}
