import Platform

/// What stays as it is for as long as the gateway runs.
struct GatewayFacts: Sendable {
    let version: String
    let profile: String
    let hostName: String
    let platform: String
    let configPath: String
    var stateDirectory: String
    let authMode: String
    let defaultAgentID: String
    /// Where sessions are kept.
    var databasePath = ""
    var workspaceDirectory = ""
    var identity: GatewayIdentity?
}
