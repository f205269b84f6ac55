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

    /// A method of the list, sorted out once.
    @LoopActor
    private final class Entry {
        let contract: MethodContract
        let call: @LoopActor (JSONReader) -> Call

        init(_ method: any Method) {
            let contract = type(of: method).contract
            self.contract = contract
            switch method.manner {
            case .prompt(let method): call = { .prompt(method, $0) }
            case .waiting(let method): call = { .waiting(method, $0) }
            }
        }
    }

    private let entries: [String: Entry]
    /// In the order of the list they came in: older clients keep stable places.
    let contracts: [MethodContract]
    let advertised: [String]

    init(_ list: [any Method]) {
        var entries: [String: Entry] = [:]
        for method in list {
            let entry = Entry(method)
            precondition(
                entries.updateValue(entry, forKey: entry.contract.name) == nil, "\(entry.contract.name) is listed twice"
            )
        }
        self.entries = entries
        contracts = list.map { type(of: $0).contract }
        advertised = contracts.filter(\.isAdvertised).map(\.name)
    }

    /// Role first, then scope, then parameters (protocol.md section 4).
    func call(_ frame: RequestFrame, role: Role, granted: GrantedScopes) throws(RPCError) -> Call {
        guard let entry = entries[frame.method] else { throw refusal(frame.method, role, granted) }
        switch entry.contract.access {
        case .node: guard role == .node else { throw .unauthorized(role) }
        case .scope(let scope):
            guard role == .operator else { throw .unauthorized(role) }
            guard granted.includes(scope) else { throw .missing(scope) }
        }
        return entry.call(try entry.contract.read(frame.params))
    }

    /// A method that is not there is told to those alone who could call any.
    private func refusal(_ method: String, _ role: Role, _ granted: GrantedScopes) -> RPCError {
        if method == ConnectParams.contract.name { return .invalid("connect is only valid as the first request") }
        guard role == .operator else { return .unauthorized(role) }
        return granted.includes(.admin) ? .invalid("unknown method: \(method)") : .missing(.admin)
    }
}

extension RPCError {
    static func unauthorized(_ role: Role) -> RPCError { .invalid("unauthorized role: \(role.rawValue)") }

    var isUnauthorizedRole: Bool { code == .invalidRequest && message.hasPrefix("unauthorized role: ") }
}
