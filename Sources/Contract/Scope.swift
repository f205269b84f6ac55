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

/// Which side of the gateway a connection is on.
package enum Role: String, CaseIterable, Sendable {
    case `operator`
    case node
}
