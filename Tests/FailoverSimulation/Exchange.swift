import Failover

/// One request and its answer over TCP, with packets that are lost and sent again.
struct Exchange {
    enum End { case answered, refused, closed }

    /// Lost packets, in thousandths.
    static let loss: PerMille = 10
    private static let connectRetry: Milliseconds = 1000
    private static let dataRetry: Milliseconds = 200
    /// One way.
    private static let trip: Milliseconds = 20
    /// What the process takes for an answer.
    private static let work: Milliseconds = 2

    let end: End
    let time: Milliseconds

    /// To the primary.
    init(at start: Milliseconds, _ schedule: Schedule, _ chance: inout Chance) {
        var sent = start
        var wait = Self.connectRetry
        var connected: Milliseconds?
        while connected == nil {
            if !chance.happens(Self.loss) {
                // The kernel answers, also while the process stalls; a lost answer is as a lost question.
                let isRefused = schedule.isDown(at: sent + Self.trip)
                if !chance.happens(Self.loss) {
                    if isRefused {
                        end = .refused
                        time = sent + 2 * Self.trip
                        return
                    }
                    connected = sent + 2 * Self.trip
                }
            }
            sent += wait
            wait *= 2
        }
        let begun = connected ?? start
        let arrival = Self.arrival(begun, &chance)
        let handled = schedule.handles(arrival)
        if let restart = schedule.restart(in: begun - Self.trip, handled) {
            end = .closed
            time = max(restart, arrival - Self.trip) + Self.trip
            return
        }
        end = .answered
        time = Self.arrival(handled + Self.work, &chance)
    }

    /// To somebody who always answers.
    static func time(at start: Milliseconds, _ chance: inout Chance) -> Milliseconds {
        var sent = start
        var wait = connectRetry
        while chance.happens(2 * loss) {
            sent += wait
            wait *= 2
        }
        return arrival(arrival(sent + 2 * trip, &chance), &chance)
    }

    static func arrival(_ sent: Milliseconds, _ chance: inout Chance) -> Milliseconds {
        var sent = sent
        var wait = dataRetry
        while chance.happens(loss) {
            sent += wait
            wait *= 2
        }
        return sent + trip
    }
}
