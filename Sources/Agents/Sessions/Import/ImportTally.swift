/// What came of taking over one kind of thing from another program's state.
package struct ImportTally: Sendable, Equatable {
    /// Something that was not taken, or not whole, and why.
    package struct Left: Sendable, Equatable {
        package let name: String
        package let reason: String

        package init(_ name: String, _ reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    /// What one thing came to.
    package enum Outcome: Sendable, Equatable {
        case taken
        /// It is here already, from an earlier import or by itself.
        case known
        case left(String)
    }

    /// The word for it: `sessions`, `devices`.
    package let kind: String
    package private(set) var taken = 0
    package private(set) var known = 0
    package private(set) var left: [Left] = []
    /// What was taken, but not all of it.
    package private(set) var partly: [Left] = []

    package init(_ kind: String) { self.kind = kind }

    package mutating func count(_ outcome: Outcome, _ name: String) {
        switch outcome {
        case .taken: taken += 1
        case .known: known += 1
        case .left(let reason): left.append(Left(name, reason))
        }
    }

    package mutating func leave(_ name: String, _ reason: String) { left.append(Left(name, reason)) }

    package mutating func note(_ name: String, _ loss: String) { partly.append(Left(name, loss)) }
}
