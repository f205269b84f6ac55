import Platform
package import Settings

/// `canvasHost`: files of agents that are shown as pages.
struct CanvasSettings: Equatable, Sendable {
    var isEnabled = true
    /// Nil for `canvas` in the default agent's workspace.
    var root: String?
    /// Of a build of A2UI; none is brought along.
    var a2uiRoot: String?
    var reloads = true

    init() {}

    init(_ snapshot: ConfigSnapshot, _ instance: Instance) {
        isEnabled = snapshot.bool("canvasHost.enabled") ?? true
        root = snapshot.string("canvasHost.root").map { instance.expanded($0) }
        a2uiRoot = snapshot.string("canvasHost.a2uiRoot").map { instance.expanded($0) }
        reloads = snapshot.bool("canvasHost.liveReload") ?? true
    }
}

extension SchemaPart {
    /// `canvasHost`.
    package static let canvas = SchemaPart([
        .hot(
            "canvasHost.enabled", .boolean, default: true,
            "show files of agents as pages, under `/__openclaw__/canvas/`"),
        .hot("canvasHost.root", .text(.path), "where they are; else `canvas` in the default agent's workspace"),
        .hot(
            "canvasHost.a2uiRoot", .text(.path),
            "a build of the A2UI renderer, shown under `/__openclaw__/a2ui/`; none is brought along"),
        .hot("canvasHost.liveReload", .boolean, default: true, "load pages again when a file changes"),
        .noted("canvasHost.port", "the port it had; here it is the gateway's own"),
        .foreign("canvasHost.*", "a setting of the canvas that is not served here"),
    ])
}
