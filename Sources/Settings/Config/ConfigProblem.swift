package import Platform

/// What is wrong with a configuration, and where.
package struct ConfigProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, when it is not the configuration file itself.
    package var includedFile: String?
    package var line: Int?
    package var column: Int?
    /// The setting, as `gateway.bind`; empty when it is the text as a whole.
    package var path: String
    package var message: String
    /// What to write or to run, a line each.
    package var advice: [String]
    /// A setting of OpenClaw that has no effect here: nothing is wrong with it.
    package var isUnserved = false

    package init(
        includedFile: String? = nil, position: JSONPosition? = nil, path: String, _ message: String,
        advice: [String] = []
    ) {
        self.includedFile = includedFile
        line = position?.line
        column = position?.column
        self.path = path
        self.message = message
        self.advice = advice
    }

    var place: String {
        let position = line.map { "\($0):\(column ?? 1)" }
        return [includedFile, position].compactMap { $0 }.joined(separator: ":")
    }

    package var text: String { path.isEmpty ? message : "\(path): \(message)" }
    package var description: String { place.isEmpty ? text : "\(place)  \(text)" }
}

/// A configuration that a gateway does not start with. Exit code 78: to start again does not help.
package struct ConfigRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it is about, for programs.
    package enum Kind: Sendable {
        /// What stands in the file or is asked for by flags.
        case settings
        /// `gateway.mode` is not local.
        case mode
        /// Others than this host could connect, and nobody would be asked who he is.
        case open
    }

    package var kind: Kind
    /// The verdict, when it is not about what stands in the file.
    package var headline: String?
    package var file: String
    package var problems: [ConfigProblem]
    /// The files that a correction may be made in, where that is known.
    package var files: [String] = []

    package init(
        _ headline: String? = nil, kind: Kind = .settings, file: String, problems: [ConfigProblem]
    ) {
        self.kind = kind
        self.headline = headline
        self.file = file
        self.problems = problems
    }

    package var description: String {
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        let width = problems.map(\.place.count).max() ?? 0
        var lines = [headline ?? "\(file) has \(count)"]
        for problem in problems {
            let place = width == 0 ? "" : problem.place.padded(to: width) + "  "
            lines.append("  \(place)\(problem.text)")
            let indent = String(repeating: " ", count: place.count + 4)
            lines += problem.advice.map { indent + $0 }
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
