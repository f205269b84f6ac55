/// What an operator may do. A client asks for scopes; the server's record of its credential decides.
package enum Scope: String, CaseIterable, Sendable, Comparable {
    case read = "operator.read"
    case write = "operator.write"
    case admin = "operator.admin"
    case approvals = "operator.approvals"
    case pairing = "operator.pairing"
    case talk = "operator.talk"
    case talkSecrets = "operator.talk.secrets"
    case questions = "operator.questions"

    package static func < (a: Scope, b: Scope) -> Bool { a.rawValue < b.rawValue }

    /// What a shared secret is worth when nothing else limits it.
    package static let operatorDefaults: Set<Scope> = [.admin, .approvals, .pairing, .read, .talkSecrets, .write]

    /// Whether having `self` is having `other` too: admin covers all, write covers read and talk.
    package func covers(_ other: Scope) -> Bool {
        switch self {
        case other, .admin: true
        case .write: other == .read || other == .talk
        default: false
        }
    }
}

extension Set<Scope> {
    package func grants(_ scope: Scope) -> Bool { contains(scope) || contains { $0.covers(scope) } }

    /// The wire's list, in the order of its words.
    package var words: [String] { map(\.rawValue).sorted() }

    /// Those of `asked` that this set covers: asking never grants more.
    package func covered(_ asked: Set<Scope>) -> Set<Scope> { asked.filter { grants($0) } }
}

/// Scopes as one number, with what they imply worked out: every call and every broadcast asks.
package struct GrantedScopes: Sendable, Hashable {
    private let bits: UInt16

    package init(_ scopes: Set<Scope>) {
        bits = Scope.allCases.filter { scopes.grants($0) }.reduce(0) { $0 | $1.bit }
    }

    package func includes(_ scope: Scope) -> Bool { bits & scope.bit != 0 }
}

extension Scope {
    fileprivate var bit: UInt16 {
        switch self {
        case .read: 1
        case .write: 2
        case .admin: 4
        case .approvals: 8
        case .pairing: 16
        case .talk: 32
        case .talkSecrets: 64
        case .questions: 128
        }
    }
}

/// Which side of the gateway a connection is on.
package enum Role: String, CaseIterable, Sendable {
    case `operator`
    case node
}
