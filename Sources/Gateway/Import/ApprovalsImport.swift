package import Agents
package import Platform

/// Takes over `exec-approvals.json`, where there are no rules here yet: two sets of rules are not mixed, as the wider
/// one would win without anybody having wanted it.
package enum ApprovalsImport {
    /// Blocks.
    package static func run(_ source: SafeDirectory, into stateDirectory: String, isTrial: Bool) -> ImportTally {
        var tally = ImportTally("exec approvals")
        let name = ApprovalsFile.name
        guard let object = ForeignJSON.object(name, in: source, &tally) else { return tally }
        guard object["version"]?.int == 1 else {
            tally.leave(name, "it is not of version 1")
            return tally
        }
        let wanted = rules(object)
        let target = "\(stateDirectory)/\(name)"
        do throws(FileError) {
            let present = try FileReading.read(target, limit: ApprovalsFile.sizeLimit)
            let isSame = (try? JSONParser.parse(present))?.object.map { Self.rules($0) == wanted } ?? false
            tally.count(
                isSame ? .known : .left("there are rules here already, and others; they stay as they are"), name)
        } catch  where error.isMissing {
            do throws(FileError) {
                if !isTrial {
                    try AtomicFile.write(
                        JSONWriter.bytes(of: .object(wanted), style: .init(isPretty: true)) + [UInt8(ascii: "\n")],
                        to: target)
                }
                tally.count(.taken, name)
            } catch {
                tally.leave(name, "\(error)")
            }
        } catch {
            tally.leave(name, "\(error)")
        }
        return tally
    }

    /// The rules alone. The socket is the other program's. The first year wrote entries of a list as texts, and called
    /// the main agent `default`.
    private static func rules(_ file: JSONObject) -> JSONObject {
        var rules = JSONObject([("version", 1)])
        rules["defaults"] = file["defaults"]
        var agents = JSONObject()
        for member in file["agents"]?.object?.members ?? [] {
            let id = member.key == "default" && file["agents"]?["main"] == nil ? "main" : member.key
            guard var agent = member.value.object else { continue }
            agent["allowlist"] = agent["allowlist"]?.array.map { entries in
                .array(entries.map { $0.string.map { ["pattern": .string($0)] } ?? $0 })
            }
            agents[id] = .object(agent)
        }
        rules["agents"] = .object(agents)
        return rules
    }
}
