/// Where pages that agents make can be seen (protocol.md section 3.4, pluginSurfaceUrls).
extension MethodContract {
    package static let canvasOpen = MethodContract(
        "canvas.open", .scope(.read),
        "an address of the canvas that needs no further proof, as a path of this gateway; it ends with this connection, and "
            + "ten minutes after it was last used",
        result: .object(.required("path", .text), .required("expiresAtMs", .natural)))

    package static let nodeSurfaceRefresh = MethodContract(
        "node.pluginSurface.refresh", .node, "a new address of a surface, in the place of the one in `hello-ok`",
        params: .object(.required("surface", .word(["canvas"]))),
        result: .open(
            .required("surface", .text), .required("url", .text), .required("expiresAtMs", .natural),
            .required("pluginSurfaceUrls", .map(.text))))
}
