/// How much a line of the log matters. `trace` and `debug` are for finding faults.
package enum LogLevel: UInt8, CaseIterable, Comparable, Sendable {
    case trace, debug, info, warn, error

    package static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }

    package var name: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .warn: "warn"
        case .error: "error"
        }
    }

    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }
}

/// The value of a field.
package enum LogValue: Sendable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case flag(Bool)
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .flag(value) }

    package init(_ value: some CustomStringConvertible) { self = .text(value.description) }
    package init(_ value: some BinaryInteger) { self = .integer(Int64(clamping: value)) }
    package init(_ value: any Error) { self = .text("\(value)") }
    /// In milliseconds, for a field whose name ends in Ms.
    package init(_ value: Duration) { self = .integer(value.inNanoseconds / 1_000_000) }
}

/// The fields of a line, in order. Names are constants: a value from outside has no business there.
package struct LogFields: ExpressibleByDictionaryLiteral, Sendable {
    var pairs: [(name: StaticString, value: LogValue)]

    package init(dictionaryLiteral elements: (StaticString, LogValue)...) {
        pairs = elements.map { (name: $0.0, value: $0.1) }
    }
}

/// One thing to log.
struct LogRecord: Sendable {
    var time: WallTime
    var level: LogLevel
    var subsystem: String
    var message: String
    var fields: LogFields
}
