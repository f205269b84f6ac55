import Contract
import Platform

/// A method of the protocol: its contract, and what it does with the services it was given.
@LoopActor
protocol Method: Sendable {
    static var contract: MethodContract { get }
    /// A requirement, and no cast by whoever wants to know: finding out at run time what a type conforms to takes 20
    /// microseconds, and there are more than a hundred methods at the start.
    var manner: MethodManner { get }
}

/// How a method answers.
enum MethodManner {
    case prompt(any PromptMethod)
    case waiting(any WaitingMethod)
}

/// Answers in the turn in which it is asked.
protocol PromptMethod: Method {
    func call(_ request: MethodRequest) throws(RPCError) -> Reply
}

/// Answers when it has what it needs. Its task is cancelled when the client cancels or leaves.
protocol WaitingMethod: Method {
    func call(_ request: MethodRequest) async throws(RPCError) -> Reply
}

extension PromptMethod {
    var manner: MethodManner { .prompt(self) }
}

extension WaitingMethod {
    var manner: MethodManner { .waiting(self) }
}

/// What a method answers.
enum Reply: Sendable {
    case json(JSON)
    /// JSON already, the same for every client.
    case encoded([UInt8])

    static func object(_ members: (String, JSON)...) -> Reply { .json(.object(JSONObject(members))) }
}

/// One call of a method.
@LoopActor
struct MethodRequest {
    let id: String
    let params: JSONReader
    let client: Client

    /// Sends a first answer before the last one: `agent` is accepted, then done (protocol.md section 6).
    func accept(_ payload: JSON) { client.reply(id, payload) }

    /// Reads parameters; a value that breaks a rule of the method's own becomes its refusal.
    func read<Value>(
        _ contract: MethodContract, _ body: (JSONReader) throws(JSONDecodingError) -> Value
    ) throws(RPCError) -> Value {
        do throws(JSONDecodingError) {
            return try body(params)
        } catch {
            throw contract.refusal(error)
        }
    }
}
