package import Agents
package import Platform

/// Reads the small files of an OpenClaw state directory, links refused.
package enum ForeignJSON {
    static let limit = 8 << 20

    /// Nil when it is not there or cannot be used; then the tally says why. Blocks.
    package static func object(
        _ path: String, in source: SafeDirectory, _ tally: inout ImportTally
    ) -> JSONObject? {
        do throws(FileError) {
            let bytes = try source.read(try SafePath(path), limit: limit)
            if let object = (try? JSONParser.parse(bytes))?.object { return object }
            tally.leave(path, "it is no JSON object")
        } catch {
            if !error.isMissing { tally.leave(path, "\(error)") }
        }
        return nil
    }
}
