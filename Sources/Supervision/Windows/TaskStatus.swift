/// What `schtasks /Query /V /FO LIST` says of a task. Its labels are in the language of Windows, so that lines are told
/// by where they stand: the name, then the next run, the status, the logon mode, the last run, the last result.
struct TaskStatus: Hashable {
    /// In the language of Windows.
    let status: String
    let lastResult: Int64?

    private static let statusLine = 2
    private static let resultLine = 5

    /// Codes that the scheduler itself gives for a result (learn.microsoft.com, "Task Scheduler Error and Success
    /// Constants"): they are numbers in every language.
    private enum Code {
        static let ready: Int64 = 0x41300
        static let running: Int64 = 0x41301
        static let disabled: Int64 = 0x41302
        static let hasNotRun: Int64 = 0x41303
        static let noMoreRuns: Int64 = 0x41304
        static let terminated: Int64 = 0x41306
        static let queued: Int64 = 0x41325
    }

    /// Nil where no task of this name is in the answer.
    init?(_ text: String, name: String) {
        let values = text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
            guard let sign = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: sign)...].drop { $0 == " " }
            return String(value[..<(value.lastIndex { $0 != " " }.map { value.index(after: $0) } ?? value.startIndex)])
        }
        guard let at = values.firstIndex(where: { $0 == name || $0 == "\\" + name }) else { return nil }
        status = at + Self.statusLine < values.count ? values[at + Self.statusLine] : ""
        lastResult = at + Self.resultLine < values.count ? Int64(values[at + Self.resultLine]) : nil
    }

    var condition: ServiceState.Condition {
        if status == "Running" { return .running }
        switch lastResult {
        case Code.running: return .running
        case Code.queued: return .starting
        case 0, Code.ready, Code.disabled, Code.hasNotRun, Code.noMoreRuns, Code.terminated: return .stopped
        case .some: return .failed
        case nil: return .unknown(reason: "schtasks says status \(status), and no last result")
        }
    }
}
