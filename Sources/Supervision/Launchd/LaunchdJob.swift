/// What `launchctl print` says of a loaded service. Apple promises no form; every fact may be missing.
struct LaunchdJob: Hashable {
    /// The words of the line "state"; "running", "SIGTERMed", "spawn scheduled" and "not running" are known.
    var state: String?
    var processID: Int?
    /// How it last ended; nil where it never did, or by a signal.
    var lastExitCode: Int?
    var runs: Int?
    var arguments: [String] = []
    var environment: [String: String] = [:]

    /// Blocks within the service's own are passed over: some have a line "state" of theirs.
    init(_ text: String) {
        var lines = text.split(separator: "\n")[...]
        // The service's name and the brace that all the rest is in.
        lines = lines.dropFirst()
        while let line = lines.popFirst() {
            guard let sign = Self.range(of: " = ", in: line) else { continue }
            let name = line[..<sign.lowerBound].drop { $0 == "\t" || $0 == " " }
            let value = line[sign.upperBound...]
            guard value == "{" else {
                take(name, value)
                continue
            }
            let indent = line.prefix { $0 == "\t" || $0 == " " }
            let block = lines.prefix { $0 != indent + "}" }
            lines = lines[block.endIndex...].dropFirst()
            take(name, block)
        }
    }

    private mutating func take(_ name: Substring, _ value: Substring) {
        switch name {
        case "state": state = String(value)
        case "pid": processID = Int(value)
        case "runs": runs = Int(value)
        // "78: EX_CONFIG", "0", "(never exited)"
        case "last exit code": lastExitCode = Int(value.prefix { $0 != ":" })
        default: break
        }
    }

    private mutating func take(_ name: Substring, _ block: ArraySlice<Substring>) {
        let lines = block.map { $0.drop { $0 == "\t" || $0 == " " } }
        switch name {
        case "arguments": arguments = lines.map(String.init)
        case "environment":
            for line in lines {
                guard let sign = Self.range(of: " => ", in: line) else { continue }
                environment[String(line[..<sign.lowerBound])] = String(line[sign.upperBound...])
            }
        default: break
        }
    }

    private static func range(of sign: String, in line: Substring) -> Range<Substring.Index>? {
        var start = line.startIndex
        while start < line.endIndex {
            if line[start...].hasPrefix(sign) { return start..<line.index(start, offsetBy: sign.count) }
            start = line.index(after: start)
        }
        return nil
    }

    var condition: ServiceState.Condition {
        // "SIGTERMed": it was told to end, and has not yet.
        if state?.hasPrefix("SIG") ?? false { return .stopping }
        if processID != nil { return .running }
        let hasFailed = lastExitCode.map { $0 != 0 } ?? false
        switch state {
        case "running": return .running
        case "spawn scheduled", "starting", "spawning": return hasFailed ? .failed : .starting
        case "exiting", "stopping": return .stopping
        case "not running", "waiting", "exited": return hasFailed ? .failed : .stopped
        case let other: return .unknown(reason: "launchctl says state = \(other ?? "")")
        }
    }

    /// Whether launchd holds what the file says now; it reads a file once, when it loads it.
    func holds(_ installed: InstalledService) -> Bool {
        arguments == [installed.binary] + installed.arguments
            && installed.environment.allSatisfy { environment[$0.key] == $0.value }
    }

    /// What `launchctl print-disabled` says of a label: `"label" => disabled`, or, on older systems, `=> true`.
    static func isDisabled(_ label: String, in text: String) -> Bool {
        text.split(separator: "\n").contains { line in
            guard let sign = range(of: "\"\(label)\" => ", in: line) else { return false }
            return ["disabled", "true"].contains(line[sign.upperBound...])
        }
    }
}
