package import Models
package import Platform

/// The tools of an agent, after every rule that takes some away.
@LoopActor
package protocol ToolProviding: AnyObject, Sendable {
    /// Those that a run may use, in the order in which the model is told of them.
    func tools(for context: ToolContext, model: ModelReference?) -> [any Tool]
}
