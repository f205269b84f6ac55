/// Why a value is not what its reader needs, and where it stands.
package struct JSONDecodingError: Error, Sendable, Equatable {
    package enum Problem: Sendable, Equatable {
        case missing
        /// Ends the sentence "must be …".
        case mustBe(String)
        case unknownKey(suggestion: String?)
    }

    package let pointer: JSONPointer
    package let problem: Problem

    package init(_ problem: Problem, at pointer: JSONPointer) {
        self.problem = problem
        self.pointer = pointer
    }
}

extension JSONDecodingError: CustomStringConvertible {
    package var description: String { "\(pointer.place): \(message)" }

    /// The sentence without the place.
    package var message: String {
        switch problem {
        case .missing: "must be given"
        case .mustBe(let what): "must be \(what)"
        case .unknownKey(nil): "unknown key"
        case .unknownKey(let suggestion?): "unknown key; did you mean \(JSON.string(suggestion))?"
        }
    }
}
