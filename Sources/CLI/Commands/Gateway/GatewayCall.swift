import Platform

extension Command {
    static let gatewayCall = Command(
        "gateway call", "call a method of the running gateway and print its answer",
        notes: "The answer is printed as JSON, an error as {\"ok\":false,\"error\":…} with --json.",
        arguments: [Argument("method", "the method, for example health or status")],
        flags: [
            Flag("--params", "<json>", "the method's parameters, as JSON or JSON5", default: "{}"),
            Flag("--expect-final", nil, "for methods that answer twice, such as agent: wait for the second answer"),
        ] + Flag.client,
        examples: [
            "openclaw gateway call health",
            "openclaw gateway call logs.tail --params '{limit: 20}'",
        ],
        seeAlso: ["gateway status", "status"],
        run: { invocation throws(CommandFailure) in
            let params = try invocation.object("--params")
            let method = invocation.arguments[0]
            let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
                invocation.has("--expect-final")
                    ? try await gateway.callForEnd(method, params) : try await gateway.call(method, params)
            }
            invocation.output.json(answer)
            return .good
        })
}

extension Invocation {
    /// The value of a flag that takes JSON; nil when it is not given.
    func object(_ flag: String) throws(CommandFailure) -> JSON? {
        guard let text = self[flag] else { return nil }
        let value: JSON
        do throws(JSONError) {
            value = try JSON5Document(text).value
        } catch {
            throw .usage("\(flag): \(error)", hint: "usage: \(command.usage)")
        }
        guard value.object != nil else {
            throw .usage("\(flag) must be an object, not \(value.kindName)", hint: "usage: \(command.usage)")
        }
        return value
    }
}
