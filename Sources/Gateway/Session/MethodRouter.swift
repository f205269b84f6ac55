import Contract
import Platform

/// Finds the method that a request names, and makes sure that the caller may call it with what it gave.
@LoopActor
final class MethodRouter {
    /// A method that may be called, with its parameters read.
    enum Call {
        case prompt(any PromptMethod, JSONReader)
        case waiting(any WaitingMethod, JSONReader)
    }

    private let methods: [String: any Method]
    /// In the order of the list they came in: older clients keep stable places.
    let contracts: [MethodContract]
    let advertised: [String]

    init(_ list: [any Method]) {
        var methods: [String: any Method] = [:]
        for method in list {
            let name = type(of: method).contract.name
            precondition(methods.updateValue(method, forKey: name) == nil, "\(name) is listed twice")
        }
        self.methods = methods
        contracts = list.map { type(of: $0).contract }
        advertised = contracts.filter(\.isAdvertised).map(\.name)
    }

    /// Role first, then scope, then parameters (protocol.md section 4).
    func call(_ frame: RequestFrame, role: Role, scopes: Set<Scope>) throws(RPCError) -> Call {
        guard let method = methods[frame.method] else {
            if frame.method == ConnectParams.contract.name {
                throw .invalid("connect is only valid as the first request")
            }
            guard role == .operator else { throw .unauthorized(role) }
            guard scopes.grants(.admin) else { throw .missing(.admin) }
            throw .invalid("unknown method: \(frame.method)")
        }
        let contract = type(of: method).contract
        switch contract.access {
        case .node: guard role == .node else { throw .unauthorized(role) }
        case .scope(let scope):
            guard role == .operator else { throw .unauthorized(role) }
            guard scopes.grants(scope) else { throw .missing(scope) }
        }
        let params = try contract.read(frame.params)
        switch method {
        case let method as any PromptMethod: return .prompt(method, params)
        case let method as any WaitingMethod: return .waiting(method, params)
        default: preconditionFailure("\(contract.name) is neither prompt nor waiting")
        }
    }
}

extension RPCError {
    static func unauthorized(_ role: Role) -> RPCError { .invalid("unauthorized role: \(role.rawValue)") }

    var isUnauthorizedRole: Bool { code == .invalidRequest && message.hasPrefix("unauthorized role: ") }
}
