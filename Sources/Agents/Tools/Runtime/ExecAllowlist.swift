import Platform

/// Whether a plain command is one that was allowed beforehand.
struct ExecAllowlist: Sendable {
    let entries: [ExecRules.Entry]
    /// Stream filters that may run without an entry, on what they are given to read.
    let safeBins: Set<String>
    let home: String
    let workspace: String

    /// A program as it was found.
    struct Program: Equatable, Sendable {
        /// As it was written.
        let name: String
        let path: String
        /// With every link in the path followed.
        let realPath: String
    }

    func allows(_ program: Program, _ words: [String]) -> Bool {
        // What lies where the agent writes is whatever the agent made it.
        guard !isInWorkspace(program.path), !isInWorkspace(program.realPath) else { return false }
        if entries.contains(where: { matches($0, program, words) }) { return true }
        return safeBins.contains(program.name) && SafeBin.allows(program, Array(words.dropFirst()))
    }

    private func isInWorkspace(_ path: String) -> Bool { path == workspace || path.hasPrefix(workspace + "/") }

    private func matches(_ entry: ExecRules.Entry, _ program: Program, _ words: [String]) -> Bool {
        if let mark = entry.argPattern, mark != ExecRules.argumentMark(words) { return false }
        guard entry.pattern.contains("/") else {
            return !program.name.contains("/") && entry.pattern.utf8.elementsEqual(program.name.utf8)
        }
        let pattern = entry.pattern.hasPrefix("~/") ? home + entry.pattern.dropFirst() : entry.pattern
        return PathPattern.matches(pattern, program.path)
    }
}

/// Patterns of paths: `*` within one name, `**` for any number of names.
enum PathPattern {
    static func matches(_ pattern: String, _ path: String) -> Bool {
        let pattern = pattern.split(separator: "/", omittingEmptySubsequences: false).map { Array($0.utf8) }
        let path = path.split(separator: "/", omittingEmptySubsequences: false).map { Array($0.utf8) }
        return names(pattern[...], path[...])
    }

    private static func names(_ pattern: ArraySlice<[UInt8]>, _ path: ArraySlice<[UInt8]>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first.elementsEqual("**".utf8) {
            let rest = pattern.drop { $0.elementsEqual("**".utf8) }
            return (path.startIndex...path.endIndex).contains { names(rest, path[$0...]) }
        }
        guard let name = path.first, wildcard(first, name) else { return false }
        return names(pattern.dropFirst(), path.dropFirst())
    }

    /// One name: the last `*` is gone back to, so that no pattern takes longer than both lengths' product.
    static func wildcard(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (at, place) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while place < name.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == name[place] {
                at += 1
                place += 1
            } else if let last = star {
                at = last.pattern + 1
                place = last.name + 1
                star = (last.pattern, place)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// Filters that read what they are given and nothing else. Options are from a list, and files have no place.
enum SafeBin {
    static let standard = ["cut", "uniq", "head", "tail", "tr", "wc"]
    /// Where the system's own programs are.
    static let directories = ["/bin/", "/usr/bin/"]

    private static let letters: [String: String] = [
        "cut": "bcdfns", "uniq": "cdfisuw", "head": "cn", "tail": "cn", "tr": "cCds", "wc": "clmLw",
    ]

    static func allows(_ program: ExecAllowlist.Program, _ arguments: [String]) -> Bool {
        guard let letters = letters[program.name], !program.name.contains("/"),
            directories.contains(where: { program.path == $0 + program.name })
        else { return false }
        // The sets of tr are no files.
        var words = program.name == "tr" ? 2 : 0
        var wantsValue = false
        for argument in arguments {
            guard !argument.contains("/"), !argument.contains("..") else { return false }
            if wantsValue {
                guard isValue(argument) else { return false }
                wantsValue = false
            } else if argument.hasPrefix("-"), argument.utf8.count > 1 {
                guard let takesValue = option(argument, letters, program.name) else { return false }
                wantsValue = takesValue
            } else {
                words -= 1
                if words < 0 { return false }
            }
        }
        return !wantsValue
    }

    /// Letters of the list, the last of which may take a value; whether the value comes as the next argument. Nil for
    /// anything else, long options among it.
    private static func option(_ text: String, _ letters: String, _ name: String) -> Bool? {
        let valued = ["cut": "bcdf", "uniq": "fsw", "head": "cn", "tail": "cn"][name] ?? ""
        var rest = text.dropFirst()
        while let letter = rest.first {
            guard letters.contains(letter) else { return nil }
            rest = rest.dropFirst()
            guard valued.contains(letter) else { continue }
            if rest.isEmpty { return true }
            return isValue(String(rest)) ? false : nil
        }
        return false
    }

    /// A number, a list of numbers, or one character: no name of a file is needed for these.
    private static func isValue(_ text: String) -> Bool {
        text.utf8.count == 1 || text.utf8.allSatisfy { (48...57).contains($0) || $0 == 45 || $0 == 44 || $0 == 43 }
    }
}
