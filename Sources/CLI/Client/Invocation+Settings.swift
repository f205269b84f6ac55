import Platform
import Settings

extension Invocation {
    static let configLimit = 4 * 1024 * 1024

    /// What the configuration says about reaching the gateway. One that cannot be read is a fact like any other: the
    /// gateway may run on an earlier one.
    @LoopActor
    func clientSettings() async -> ClientSettings {
        let path = instance.configPath
        var problem: String?
        var config = JSON.object(JSONObject())
        do throws(FileError) {
            let bytes = try await FileReading.read(path, limit: Self.configLimit)
            do throws(JSONError) {
                config = try JSON5Document(bytes).value
            } catch {
                problem = "\(instance.shown(path)): \(error)"
            }
        } catch {
            if !error.isMissing { problem = "\(error)" }
        }
        var settings = ClientSettings(
            config, source: instance.shown(path), environment: environment, port: instance.requestedPort,
            standardPort: instance.profile.defaultPort)
        settings.problem = problem
        return settings
    }
}

extension Instance {
    var configPath: String { stateDirectory + "/openclaw.json" }
    var socketPath: String { stateDirectory + "/gateway.sock" }
    var requestedPort: UInt16? { port == profile.defaultPort ? nil : port }
    func shown(_ path: String) -> String { path }
}
