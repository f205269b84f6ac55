import Contract
import Platform

/// `canvas.open`.
struct CanvasOpenMethod: PromptMethod {
    static let contract = MethodContract.canvasOpen
    let canvas: CanvasRoutes

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        guard canvas.isServed else { throw .canvasIsOff }
        let (path, until) = canvas.address(for: request.client.id)
        return .object(("path", .string(path)), ("expiresAtMs", .int(until.milliseconds)))
    }
}

/// `node.pluginSurface.refresh`.
struct NodeSurfaceRefreshMethod: PromptMethod {
    static let contract = MethodContract.nodeSurfaceRefresh
    let canvas: CanvasRoutes

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        guard canvas.isServed else { throw .canvasIsOff }
        let (url, until) = canvas.url(for: request.client)
        return .object(
            ("surface", "canvas"), ("url", .string(url)), ("expiresAtMs", .int(until.milliseconds)),
            ("pluginSurfaceUrls", ["canvas": .string(url)]))
    }
}

extension CanvasRoutes {
    /// With this gateway's name as the client called it; without one where that is not known.
    func url(for client: Client) -> (url: String, until: WallTime) {
        let (path, until) = address(for: client.id)
        guard let host = client.origin.host else { return (path, until) }
        return ("\(client.origin.isEncrypted ? "https" : "http")://\(host)\(path)", until)
    }

    /// What a node that can show it is told in `hello-ok`.
    func surfaces(for client: Client) -> JSON? {
        guard isServed, client.role == .node, client.params.caps.contains("canvas") else { return nil }
        return ["canvas": .string(url(for: client).url)]
    }
}

extension RPCError {
    fileprivate static let canvasIsOff = RPCError.unavailable("the canvas is off: canvasHost.enabled is false")
}
