import Contract
import Platform

/// `device.pair.dashboardCode`.
struct DashboardCodeMethod: PromptMethod {
    static let contract = MethodContract.devicePairDashboardCode
    let codes: DashboardCodes
    let page: ControlPage

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        guard page.isServed else {
            throw .unavailable(
                "the gateway serves no pages for browsers: gateway.controlUi.enabled is false",
                details: ["code": "CONTROL_UI_DISABLED"])
        }
        let (code, end) = codes.issueTimed()
        return .object(
            ("bootstrapToken", .string(code)), ("expiresAtMs", .int(end.milliseconds)),
            ("path", .string(page.path)))
    }
}
