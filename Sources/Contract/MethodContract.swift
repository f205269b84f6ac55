package import Platform

/// A method of the protocol as data: who may call it, with what, and what comes back. All that tells about methods
/// (the features list, scope checks, parameter errors, Docs/protocol.md) derives from these values.
package struct MethodContract: Sendable {
    /// Who may call it.
    package enum Access: Sendable, Equatable {
        case scope(Scope)
        case node
    }

    package let name: String
    package let access: Access
    package let summary: String
    package let params: Shape
    package let result: Shape
    /// Whether `hello-ok.features.methods` names it.
    package let isAdvertised: Bool
    /// Whether an empty object will do for parameters.
    private let needsNothing: Bool

    package init(
        _ name: String, _ access: Access, _ summary: String, params: Shape = .empty, result: Shape = .any,
        isAdvertised: Bool = true
    ) {
        self.name = name
        self.access = access
        self.summary = summary
        self.params = params
        self.result = result
        self.isAdvertised = isAdvertised
        needsNothing = params.problems(.object(JSONObject())).isEmpty
    }

    /// Reads the parameters. Absent ones stand for an empty object.
    package func read(_ params: JSON?) throws(RPCError) -> JSONReader {
        if needsNothing, params?.isEmptyObject ?? true { return .empty }
        let value = params ?? .object(JSONObject())
        let problems = self.params.problems(value)
        guard problems.isEmpty else {
            throw .invalid("invalid \(name) params: \(problems.joined(separator: "; "))")
        }
        do throws(JSONDecodingError) {
            return try JSONField(value).object()
        } catch {
            throw .invalid("invalid \(name) params: at root: must be object")
        }
    }

    /// A value that has the right shape and yet breaks a rule.
    package func refusal(_ error: JSONDecodingError) -> RPCError { .invalid("invalid \(name) params: \(error)") }
}

extension JSON {
    fileprivate var isEmptyObject: Bool {
        if case .object(let object) = self { object.isEmpty } else { false }
    }
}
