import Platform
import Support
import Testing

@testable import Settings

@Suite struct IncludeTests {
    private static let schema = ConfigSchema(parts: [
        SchemaPart([.foreign("a", "any"), .foreign("b", "any"), .hot("n.x", .integer(1...9), "a number")])
    ])

    private func load(_ files: [String: String], _ variables: [String: String] = [:]) async throws -> ConfigSnapshot {
        let home = try ConfigHome(variables)
        write(files, home)
        return try await home.load(schema: Self.schema)
    }

    private func refusal(_ files: [String: String], _ variables: [String: String] = [:]) async throws -> [String] {
        let home = try ConfigHome(variables)
        write(files, home)
        return try await home.refusal(files[""] ?? "", schema: Self.schema)
    }

    private func write(_ files: [String: String], _ home: ConfigHome) {
        home.scratch.makeDirectory(home.name("d"))
        for (name, text) in files { home.write(text, to: name.isEmpty ? Instance.configName : name) }
    }

    @Test func aFileTakesThePlaceOfTheObject() async throws {
        let snapshot = try await load([
            "": "{a: {$include: './d/a.json5'}}", "d/a.json5": "[1, {$include: './b.json5'}]", "d/b.json5": "{x: 1}",
        ])
        #expect(snapshot.config == ["a": [1, ["x": 1]]])
        #expect(snapshot.parsed == ["a": ["$include": "./d/a.json5"]])
        #expect(snapshot.files.map { $0.split(separator: "/").last } == ["openclaw.json", "a.json5", "b.json5"])
    }

    @Test func filesOfAListAreJoinedAndSiblingsGoFirst() async throws {
        let snapshot = try await load([
            "": "{$include: ['one.json5', 'two.json5'], b: {x: 9}}",
            "one.json5": "{a: {p: 1, q: [1]}, b: {x: 1, y: 1}}", "two.json5": "{a: {p: 2, q: [2]}}",
        ])
        #expect(snapshot.config == ["a": ["p": 2, "q": [1, 2]], "b": ["x": 9, "y": 1]])
    }

    @Test func variablesInIncludedFilesAreReplaced() async throws {
        let snapshot = try await load(["": "{a: {$include: 'a.json5'}}", "a.json5": "{x: '${V}'}"], ["V": "v"])
        #expect(snapshot.resolved == ["a": ["x": "v"]])
    }

    @Test func problemsAreFoundInTheFileTheyAreIn() async throws {
        let files = [
            "": "{\n  n: {$include: ['one.json5', 'two.json5']},\n}", "one.json5": "{x: 5}", "two.json5": "\n{ x: 50 }",
        ]
        #expect(
            try await refusal(files) == [
                "~/.openclaw/two.json5:2:6  n.x: 50 is not allowed; a whole number from 1 to 9"
            ])
        let sibling = ["": "{n: {$include: 'one.json5', x: 0}}", "one.json5": "{x: 50}"]
        #expect(try await refusal(sibling) == ["1:32  n.x: 0 is not allowed; a whole number from 1 to 9"])
        let broken = ["": "{n: {$include: 'one.json5'}}", "one.json5": "{x: }"]
        #expect(try await refusal(broken) == ["~/.openclaw/one.json5:1:5  expected a value, found '}'"])
        let bad = ["": "{n: {$include: 'one.json5'}}", "one.json5": "{y: 1}"]
        #expect(try await refusal(bad) == ["~/.openclaw/one.json5:1:2  n.y: no such setting"])
    }

    @Test func circlesAreToldWithAllTheirFiles() async throws {
        let lines = try await refusal(["": "{a: {$include: 'x.json5'}}", "x.json5": "{y: {$include: 'openclaw.json'}}"])
        #expect(lines.count == 1)
        #expect(lines[0].contains("~/.openclaw/openclaw.json → ~/.openclaw/x.json5 → ~/.openclaw/openclaw.json"))
        #expect(lines[0].hasPrefix("~/.openclaw/x.json5:1:16  a.y.$include: "))
    }

    @Test(arguments: [(9, true), (10, true), (11, false)])
    func thereAreAtMostSoManyLevels(_ levels: Int, _ isRead: Bool) async throws {
        var files = ["": "{a: {$include: '1.json5'}}"]
        for level in 1...levels {
            files["\(level).json5"] = level == levels ? "{}" : "{a: {$include: '\(level + 1).json5'}}"
        }
        let lines = try await refusal(files)
        #expect(lines.isEmpty == isRead)
        #expect(isRead || lines[0].contains("more than 10 levels deep"))
    }

    @Test(arguments: [(255, true), (256, true), (257, false)])
    func thereAreAtMostSoManyFiles(_ count: Int, _ isRead: Bool) async throws {
        let names = Array(repeating: "'x.json5'", count: count).joined(separator: ", ")
        let lines = try await refusal(["": "{a: {$include: [\(names)]}}", "x.json5": "{}"])
        #expect(lines.isEmpty == isRead)
        #expect(isRead || lines == ["1:16  a.$include: more than 256 files are included"])
    }

    @Test func onlyFilesBeneathTheConfigurationAreRead() async throws {
        for path in ["../outside.json5", "/etc/hostname", "d/../../outside.json5", "link.json5"] {
            let home = try ConfigHome()
            home.scratch.write("{}", to: "outside.json5")
            home.scratch.link(home.name("link.json5"), to: "../outside.json5")
            let lines = try await home.refusal("{a: {$include: '\(path)'}}", schema: Self.schema)
            #expect(lines.count == 1 && lines[0].hasPrefix("1:16  a.$include: "), "\(path)")
        }
    }

    @Test func furtherDirectoriesAreAllowedByTheEnvironment() async throws {
        let other = try ConfigHome()
        other.scratch.write("{x: 1}", to: "shared.json5")
        let snapshot = try await load(
            ["": "{a: {$include: '\(other.scratch.path)/shared.json5'}}"],
            ["OPENCLAW_INCLUDE_ROOTS": "/nowhere:\(other.scratch.path)"])
        #expect(snapshot.config == ["a": ["x": 1]])
    }

    @Test func aLinkThatStaysWithinIsFollowed() async throws {
        let home = try ConfigHome()
        home.write("{x: 1}", to: "real.json5")
        home.scratch.link(home.name("link.json5"), to: "real.json5")
        #expect(try await home.load("{a: {$include: 'link.json5'}}", schema: Self.schema).config == ["a": ["x": 1]])
    }

    @Test(arguments: [
        (
            "{a: {$include: 3}}",
            "1:16  a.$include: a number is not allowed; the path of a file, or a list of such paths"
        ),
        (
            "{a: {$include: ['x', 3]}}",
            "1:16  a.$include: an array is not allowed; the path of a file, or a list of such paths"
        ),
        ("{a: {$include: ''}}", "1:16  a.$include: a path must not be empty, nor longer than 4096 bytes"),
        (
            "{a: {$include: 'l.json5', x: 1}}",
            "1:16  a.$include: the file holds an array; beside other keys it must be an object"
        ),
    ])
    func whatIsNoIncludeIsRefused(_ text: String, _ problem: String) async throws {
        #expect(try await refusal(["": text, "l.json5": "[]"]) == [problem])
    }

    @Test(arguments: [
        (ConfigReader.pathLimit - 1, false), (ConfigReader.pathLimit, true), (ConfigReader.pathLimit + 1, true),
    ])
    func aPathHasALimit(_ length: Int, _ isTooLong: Bool) async throws {
        let home = try ConfigHome()
        let directory = ConfigReader.directory(of: home.instance.configPath)
        let name = String(repeating: "a", count: length - directory.utf8.count - 1)
        let lines = try await home.refusal("{a: {$include: '\(name)'}}", schema: Self.schema)
        // The shorter one is no name that a file system takes.
        #expect(lines.count == 1 && lines[0].contains("nor longer than") == isTooLong)
    }

    @Test func aMissingFileIsNamed() async throws {
        let lines = try await refusal(["": "{a: {$include: 'none.json5'}}"])
        #expect(lines.count == 1 && lines[0].contains("none.json5") && lines[0].contains("No such file"))
    }
}
