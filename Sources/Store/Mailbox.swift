import Platform

/// What the writer thread reports to the loop. The loop takes it before it looks at the result of a write, so that
/// nobody sees a failed write and a store that still calls itself well.
final class Mailbox: Sendable {
    private let reports = Monitor<[Writer.Report]>([])
    @LoopActor var receive: (@LoopActor (Writer.Report) -> Void)?

    func post(_ report: Writer.Report) {
        let isFirst = reports.withLock { reports in
            reports.append(report)
            return reports.count == 1
        }
        if isFirst { startTask { self.deliver() } }
    }

    @LoopActor func deliver() {
        let batch = reports.withLock { reports in
            defer { reports = [] }
            return reports
        }
        for report in batch { receive?(report) }
    }
}
