package import Models
import Platform

/// No tools at all.
package final class NoTools: ToolProviding {
    package init() {}

    package func tools(for context: ToolContext, model: ModelReference?) -> [any Tool] { [] }
}
