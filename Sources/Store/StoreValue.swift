/// A value as the store keeps it: the five kinds that the engine knows.
package enum StoreValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case double(Double)
    case text(String)
    case blob([UInt8])

    var kind: String {
        switch self {
        case .null: "nothing"
        case .integer: "an integer"
        case .double: "a number"
        case .text: "text"
        case .blob: "bytes"
        }
    }
}

/// A type that can be a parameter or a column.
package protocol Storable {
    var stored: StoreValue { get }
    /// Nil when `stored` is of another kind or out of range.
    init?(stored: StoreValue)
}

extension Int64: Storable {
    package var stored: StoreValue { .integer(self) }

    package init?(stored: StoreValue) {
        guard case .integer(let value) = stored else { return nil }
        self = value
    }
}

extension Int: Storable {
    package var stored: StoreValue { .integer(Int64(self)) }

    package init?(stored: StoreValue) {
        guard case .integer(let value) = stored else { return nil }
        self.init(exactly: value)
    }
}

extension Bool: Storable {
    package var stored: StoreValue { .integer(self ? 1 : 0) }

    package init?(stored: StoreValue) {
        switch stored {
        case .integer(0): self = false
        case .integer(1): self = true
        default: return nil
        }
    }
}

extension Double: Storable {
    package var stored: StoreValue { .double(self) }

    package init?(stored: StoreValue) {
        switch stored {
        case .double(let value): self = value
        case .integer(let value):
            guard let exact = Double(exactly: value) else { return nil }
            self = exact
        default: return nil
        }
    }
}

extension String: Storable {
    package var stored: StoreValue { .text(self) }

    package init?(stored: StoreValue) {
        guard case .text(let value) = stored else { return nil }
        self = value
    }
}

extension [UInt8]: Storable {
    package var stored: StoreValue { .blob(self) }

    package init?(stored: StoreValue) {
        guard case .blob(let value) = stored else { return nil }
        self = value
    }
}

extension Optional: Storable where Wrapped: Storable {
    package var stored: StoreValue { self?.stored ?? .null }

    package init?(stored: StoreValue) {
        if case .null = stored {
            self = nil
        } else {
            guard let value = Wrapped(stored: stored) else { return nil }
            self = value
        }
    }
}
