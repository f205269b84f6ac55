import Gateway
import Platform
import Settings

/// What a report of trouble needs, as files for one archive.
@LoopActor
struct DiagnosticsBundle {
    let invocation: Invocation
    private nonisolated static let logLines = 500
    private nonisolated static let logBytes = 512 * 1024
    private nonisolated static let fileLimit = 200

    init(_ invocation: Invocation) { self.invocation = invocation }

    private var instance: Instance { invocation.instance }
    private var now: WallTime { invocation.surroundings.clock.wall }

    /// A file of the archive.
    struct File: Sendable {
        let name: String
        let bytes: [UInt8]
    }

    /// Every file once more without what looks like a secret, and with `~` for the home directory.
    func files() async -> [File] {
        let (config, redaction) = await configuration()
        let gateway = await gateway()
        let logs = await logs()
        let files: [(String, JSON)] = [
            ("config.json", config), ("gateway.json", gateway), ("state.json", await state()),
            ("about.json", about()),
        ]
        let home = instance.homeDirectory
        func cleaned(_ text: String) -> [UInt8] {
            Array(redaction.redact(text.replacing(home + "/", with: "~/")).utf8)
        }
        return files.map { name, json in
            let shape = JSONWriter.Style(isPretty: true)
            return File(
                name: name, bytes: cleaned(String(decoding: JSONWriter.bytes(of: json, style: shape), as: UTF8.self)))
        } + [File(name: "log.jsonl", bytes: cleaned(logs.map { $0.description + "\n" }.joined()))]
    }

    private func about() -> JSON {
        [
            "format": "openclaw-diagnostics", "formatVersion": 1, "version": .string(Help.version),
            "profile": .string(invocation.profileName), "createdAt": .string(now.iso),
            "platform": .string(HostFacts.platform), "architecture": .string(HostFacts.architecture),
            "kernel": .string(HostFacts.kernelRelease), "system": .string(HostFacts.systemName),
            "processors": JSON(HostFacts.processorCount),
            "leftOut": ["secrets", "conversations", "names of sessions and people", "workspaces"],
        ]
    }

    /// The configuration without its secrets, and what hides all of them.
    private func configuration() async -> (JSON, Redaction) {
        do throws(ConfigRefusal) {
            let written = try await invocation.configLoader.load(.none)
            var facts: JSON = ["valid": true, "exists": .bool(written.exists), "config": written.redacted]
            var secrets = written.secrets
            do throws(ConfigRefusal) {
                let full = try await invocation.configLoader.load(.all)
                secrets.formUnion(full.secrets)
                facts["degraded"] = .array(
                    full.degraded.map { ["part": .string($0.part), "reason": .string($0.reason)] })
            } catch {
                facts["problems"] = .array(error.problems.map(\.json))
            }
            facts["warnings"] = .array(written.warnings.map(\.json))
            return (facts, Redaction(secrets))
        } catch {
            // The text is not shown: what cannot be read cannot be searched for secrets.
            return (
                ["valid": false, "problems": .array(error.problems.map(\.json))], Redaction()
            )
        }
    }

    /// What the gateway says of itself, where it runs.
    private func gateway() async -> JSON {
        var facts: JSON = ["process": ProcessQuery(invocation: invocation).fact().json(now: now)]
        do throws(CommandFailure) {
            let answers = try await invocation.withGateway { gateway throws(CommandFailure) in
                var answers: JSON = ["reachable": true]
                for method in ["status", "health", "diagnostics.stability"] {
                    guard let answer = await gateway.callIfServed(method) else { continue }
                    if let kept = HarmlessFacts.of(answer) { answers[method] = kept }
                }
                return answers
            }
            facts["answers"] = answers
        } catch {
            facts["answers"] = ["reachable": false, "reason": .string(error.reason)]
        }
        return facts
    }

    private func logs() async -> [JSON] {
        let place = LogPlace(directory: instance.logDirectory, profile: instance.profile.name)
        return await BlockingPool.shared.run {
            guard let newest = place.newest(),
                let tail = try? LogTail.read(newest, lines: Self.logLines, bytes: Self.logBytes)
            else { return [] }
            return tail.lines.compactMap(HarmlessFacts.line)
        }
    }

    /// Paths, modes and sizes. Below the top level names may be those of people; they are counted.
    private func state() async -> JSON {
        let instance = instance
        return await BlockingPool.shared.run {
            var facts: JSON = [
                "stateDirectory": .string(instance.stateDirectory), "config": .string(instance.configPath),
                "workspace": .string(instance.workspaceDirectory),
                "workspaceExists": .bool(FilePresence.exists(instance.workspaceDirectory)),
            ]
            if let disk = HostFacts.disk(at: instance.stateDirectory) {
                facts["disk"] = ["totalBytes": .int(disk.total), "availableBytes": .int(disk.available)]
            }
            let directory = try? SafeDirectory(instance.stateDirectory)
            let entries = (try? directory?.entries()) ?? []
            facts["entries"] = .array(
                entries.prefix(Self.fileLimit).map { Self.entry($0, in: instance.stateDirectory) })
            facts["directoryMode"] = .string(Self.mode(instance.stateDirectory))
            return facts
        }
    }

    private nonisolated static func entry(_ entry: SafeDirectory.Entry, in directory: String) -> JSON {
        let path = directory + "/" + entry.name
        var facts: JSON = [
            "name": .string(entry.name), "kind": .string("\(entry.kind)"), "mode": .string(mode(path)),
        ]
        if entry.kind == .directory {
            facts["entries"] = JSON((try? FileFacts.names(in: path).count) ?? 0)
        } else {
            facts["bytes"] = JSON(entry.size)
        }
        return facts
    }

    private nonisolated static func mode(_ path: String) -> String {
        guard let facts = (try? FileFacts.of(path, followLinks: false)) ?? nil else { return "none" }
        return String(facts.mode, radix: 8)
    }
}

extension String {
    /// Every `text` in it made another one.
    func replacing(_ text: String, with other: String) -> String {
        let (wanted, new) = (Array(text.utf8), Array(other.utf8))
        guard let first = wanted.first else { return self }
        var result: [UInt8] = []
        var rest = Array(utf8)[...]
        while let start = rest.firstIndex(of: first) {
            result += rest[..<start]
            let isFound = rest[start...].starts(with: wanted)
            result += isFound ? new[...] : rest[start...start]
            rest = rest[(start + (isFound ? wanted.count : 1))...]
        }
        return String(decoding: result + rest, as: UTF8.self)
    }
}
