import Gateway
import Platform

/// A secret given with a flag: best as `env:NAME`, `file:PATH`, or `-` for standard input. Written out it is taken too,
/// since scripts do so, but every user of the machine can read it there.
enum SecretArgument {
    static let lengthLimit = 4096
    static let forms = "env:NAME, file:PATH or - for standard input"

    static func read(
        _ text: String, flag: String, _ environment: Environment, _ output: Output
    ) throws(CommandFailure) -> GatewayCredential {
        if text == "-" {
            guard let line = readLine(), !line.isEmpty else {
                throw CommandFailure(.usage, "usage", "\(flag): standard input is empty")
            }
            return GatewayCredential(value: line, source: "\(flag) (standard input)")
        }
        if text.hasPrefix("env:") {
            let name = String(text.dropFirst(4))
            guard let value = environment[name] else {
                throw CommandFailure(.usage, "usage", "\(flag): the variable \(name.shown) is not set")
            }
            return GatewayCredential(value: value, source: "\(flag) (the variable \(name.shown))")
        }
        if text.hasPrefix("file:") {
            let path = String(text.dropFirst(5))
            return GatewayCredential(value: try line(path, flag), source: "\(flag) (\(path.shown))")
        }
        if !output.isJSON {
            output.note("openclaw: a secret on the command line can be read by every user of this machine;")
            output.note("  safer: \(flag) \(forms)")
        }
        return GatewayCredential(value: text, source: flag)
    }

    /// The first line of a file.
    private static func line(_ path: String, _ flag: String) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileReading.read(path, limit: lengthLimit)
        } catch {
            throw CommandFailure(.usage, "usage", "\(flag): \(error)")
        }
        let line = bytes.prefix { $0 != 0x0a && $0 != 0x0d }
        guard !line.isEmpty else { throw CommandFailure(.usage, "usage", "\(flag): \(path.shown) is empty") }
        return String(decoding: line, as: UTF8.self)
    }
}
