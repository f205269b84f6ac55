import Platform
import Settings
import Testing

@testable import Supervision

/// A description of the profile's service, as an installation would make it.
func description(
    profile: String? = nil, kind: ServiceKind = .user, binary: String = "/usr/local/bin/openclaw", home: String = "/h"
) throws -> ServiceDescription {
    var flags = Instance.Flags()
    flags.profile = profile
    let instance = try Instance(flags: flags, environment: ["HOME": home])
    return ServiceDescription(
        instance, kind: kind, binary: binary, port: instance.port, version: "2026.12.0",
        user: kind == .system ? "ada" : nil)
}

@Suite struct ServiceDriftTests {
    private func installed(_ change: (inout [String], inout [String: String]) -> Void = { _, _ in }) throws
        -> InstalledService
    {
        let wanted = try description(profile: "rescue")
        var command = [wanted.binary] + wanted.arguments
        var environment = wanted.environment
        change(&command, &environment)
        return InstalledService(path: "/u", command: command, environment: environment)
    }

    private func drift(_ change: (inout [String], inout [String: String]) -> Void) throws -> [String] {
        ServiceDrift.between(try installed(change), try description(profile: "rescue")).map(\.description)
    }

    @Test func whatWasInstalledAsWantedHasNone() throws { #expect(try drift { _, _ in } == []) }

    @Test func eachFieldIsNamed() throws {
        #expect(
            try drift { command, _ in command[0] = "/opt/old" } == [
                "binary: installed /opt/old, now /usr/local/bin/openclaw"
            ])
        #expect(try drift { command, _ in command[4] = "19999" } == ["port: installed 19999, now 18789"])
        #expect(
            try drift { _, all in all["OPENCLAW_PROFILE"] = nil } == ["profile: installed default, now rescue"])
        #expect(
            try drift { _, all in all["OPENCLAW_SERVICE_VERSION"] = "2025.1.1" } == [
                "version: installed 2025.1.1, now 2026.12.0"
            ])
        #expect(
            try drift { command, _ in command.append("--verbose") } == [
                "arguments: installed gateway run --port 18789 --verbose, now gateway run --port 18789"
            ])
        #expect(
            try drift { _, all in all["HOME"] = "/elsewhere" } == ["environment.HOME: installed /elsewhere, now /h"])
    }

    @Test func theValueOfAForeignVariableIsNotTold() throws {
        #expect(
            try drift { _, all in all["TELEGRAM_TOKEN"] = "12:secret" } == [
                "environment.TELEGRAM_TOKEN: installed a value of its own, now nothing"
            ])
    }

    @Test func noVariableOfADescriptionIsASecret() throws {
        var flags = Instance.Flags()
        flags.profile = nil
        let instance = try Instance(
            flags: flags,
            environment: ["HOME": "/h", "OPENCLAW_GATEWAY_TOKEN": "very-secret", "OPENAI_API_KEY": "sk-1"])
        let wanted = ServiceDescription(instance, kind: .user, binary: "/b", port: 1, version: "1")
        #expect(!wanted.environment.values.contains { $0.contains("secret") || $0.contains("sk-1") })
    }
}
