/// What code that has something to say holds: where it goes, and in whose name.
///
/// Costs one comparison when the level is off; neither message nor fields are then made. May be called on any thread.
package struct Log: Sendable {
    package let output: LogOutput
    /// "telegram", "http.server": dots for parts.
    package let subsystem: String

    package init(_ output: LogOutput, subsystem: String) {
        self.output = output
        self.subsystem = subsystem
    }

    /// The same output in the name of a part.
    package func part(_ name: String) -> Log { Log(output, subsystem: "\(subsystem).\(name)") }

    package func isOn(_ level: LogLevel) -> Bool { output.isOn(level) }

    package func write(
        _ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
    ) {
        guard output.isOn(level) else { return }
        output.take(level, subsystem, message(), fields())
    }

    package func trace(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.trace, message(), fields())
    }

    package func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.debug, message(), fields())
    }

    package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.info, message(), fields())
    }

    package func warn(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.warn, message(), fields())
    }

    package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.error, message(), fields())
    }
}
