import Platform
import Settings

/// Which process holds this gateway's state directory. The lock is the kernel's; the file's text is only a hint.
struct ProcessQuery {
    let invocation: Invocation

    private var now: WallTime { .system() }
    private var root: String { invocation.surroundings.root }

    /// The process that holds the state directory, if the kernel confirms what the lock file says.
    var holder: LockOwner? {
        guard let bytes = try? FileReading.read(invocation.instance.lockPath, limit: FileLock.ownerLimit) else {
            return nil
        }
        let owner = LockOwner(parsing: bytes)
        guard let process = owner.process, holdsLock(process) == true else { return nil }
        return owner
    }

    var process: Int32? { holder?.process }

    /// Who the lock file says held it last, where the kernel knows that nobody does now.
    var deadOwner: Int32? {
        guard let bytes = try? FileReading.read(invocation.instance.lockPath, limit: FileLock.ownerLimit),
            let process = LockOwner(parsing: bytes).process, holdsLock(process) == false
        else { return nil }
        return process
    }

    /// Where it listens, which a flag may have decided that no later command is given.
    var port: UInt16? {
        holder?.details["address"].flatMap { $0.split(separator: ":").last }.flatMap { UInt16($0) }
    }

    func fact() -> Fact {
        let path = invocation.instance.lockPath
        guard let bytes = try? FileReading.read(path, limit: FileLock.ownerLimit) else {
            return none(FilePresence.exists(path) ? "unknown: \(path) cannot be read" : "none")
        }
        let owner = LockOwner(parsing: bytes)
        guard let process = owner.process else { return none("none") }
        guard let isHeld = holdsLock(process) else {
            return Fact(
                "process", "Process", "pid \(process), as its lock file says; whether it runs cannot be seen here",
                source: "the lock file", observedAt: now,
                details: JSONObject([("state", "unknown"), ("pid", .int(Int64(process)))]))
        }
        guard isHeld else { return none("none") }
        var text = "pid \(process)"
        if let version = owner.details["version"] { text += ", openclaw \(version)" }
        var details = JSONObject([("state", "running"), ("pid", .int(Int64(process)))])
        details["version"] = owner.details["version"].map(JSON.string)
        return Fact("process", "Process", text, isGood: true, observedAt: now, details: details)
    }

    private func none(_ text: String) -> Fact {
        Fact(
            "process", "Process", text, isGood: false, observedAt: now,
            details: JSONObject([("state", .string(text == "none" ? "none" : "unknown"))]))
    }

    /// Nil where the kernel does not tell: other systems, and containers that hide it.
    private func holdsLock(_ process: Int32) -> Bool? {
        guard let bytes = try? FileReading.read(root + "/proc/locks", limit: 1 << 20) else { return nil }
        // "1: FLOCK  ADVISORY  WRITE 4121 08:01:131 0 EOF"
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.count > 4 && words[1] == "FLOCK" && words[3] == "WRITE" && words[4] == "\(process)"
        }
    }
}
