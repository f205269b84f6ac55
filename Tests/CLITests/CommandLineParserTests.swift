import Testing

@testable import CLI

private let catalog = CommandCatalog.all

private func parse(_ line: String) throws(CommandFailure) -> CommandLineRequest {
    try CommandLineParser(catalog: catalog).parse(line.split(separator: " ").map(String.init))
}

private func run(_ line: String) throws -> (command: Command, line: ParsedLine) {
    guard case .run(let command, let parsed) = try parse(line) else {
        throw CommandFailure.usage("runs nothing: \(line)", hint: "")
    }
    return (command, parsed)
}

private func refusal(_ line: String) -> CommandFailure? {
    do throws(CommandFailure) {
        _ = try parse(line)
        return nil
    } catch {
        return error
    }
}

@Test func flagsStandBeforeAndBehindTheCommand() throws {
    for line in [
        "--profile p config get gateway.bind --json", "config --json get --profile=p gateway.bind",
        "config get --json --profile p -- gateway.bind",
    ] {
        let (command, parsed) = try run(line)
        #expect(command.name == "config get", "\(line)")
        #expect(parsed.arguments == ["gateway.bind"], "\(line)")
        #expect(parsed.values == ["--profile": ["p"]], "\(line)")
        #expect(parsed.switches == ["--json"], "\(line)")
    }
}

@Test func flagsHaveOpenClawsNamesAsWell() throws {
    let poll = "message poll --channel telegram -t x --poll-question q --poll-option=a --poll-option b --poll-multi"
    let line = try run("\(poll) --poll-duration-hours 2").line
    #expect(line.values["--question"] == ["q"] && line.values["--option"] == ["a", "b"])
    #expect(line.values["--hours"] == ["2"] && line.switches.contains("--multi"))
    #expect(try run("memory search x --max-results 3").line.values["--limit"] == ["3"])
}

@Test func aFlagIsNoValueOfAnother() throws {
    #expect(refusal("models auth add x --base-url --no-key")?.message == "--base-url needs a value")
    #expect(try run("agent --message=--json").line.values["--message"] == ["--json"])
    #expect(try run("agent --message --other").line.values["--message"] == ["--other"])
}

@Test func behindTwoDashesNothingIsAFlag() throws {
    #expect(try run("config set a.b -- --json").line.arguments == ["a.b", "--json"])
    #expect(try run("config set a.b -- --json").line.switches.isEmpty)
}

@Test func aNegativeNumberIsNoFlag() throws {
    #expect(try run("config set a.b -1").line.arguments == ["a.b", "-1"])
}

@Test func aGroupAloneIsItsDefaultOrItsHelp() throws {
    #expect(try run("gateway --port 1").command.name == "gateway run")
    #expect(try run("agents").command.name == "agents list")
    #expect(try run("models --json").command.name == "models status")
    guard case .help(.group(let group)) = try parse("config") else {
        Issue.record("config alone shows no help")
        return
    }
    #expect(group.name == "config")
}

@Test func aNameThatIsNotWholeGetsTheRest() throws {
    #expect(refusal("gateway diagnostics")?.next == ["openclaw gateway diagnostics export"])
    guard case .help(.command(let command)) = try parse("gateway diagnostics --help") else {
        Issue.record("no help")
        return
    }
    #expect(command.name == "gateway diagnostics export")
}

@Test func mistypedNamesGetTheNearest() {
    for (line, meant) in [
        ("gatway status", "gateway"), ("gateway staus", "status"), ("config validat", "validate"),
        ("status --jso", "--json"), ("logs --folow", "--follow"), ("devices aprove x", "approve"),
    ] {
        #expect(refusal(line)?.message.contains("did you mean \"\(meant)\"?") == true, "\(line)")
        #expect(refusal(line)?.code == .usage)
    }
}

@Test func aWrongFlagShowsOneLineOfUsage() {
    #expect(refusal("config get a --verbos")?.next == ["usage: openclaw config get <path> [flags]"])
}

@Test func valuesAreCheckedWithWhatIsAllowed() {
    for (line, words) in [
        ("logs --limit 0", "a whole number from 1 to 5000"), ("logs --limit 5001", "a whole number from 1 to 5000"),
        ("logs --limit many", "a whole number from 1 to 5000"), ("completion bas", "did you mean \"bash\"?"),
        ("devices revoke x --role nod", "one of operator, node"), ("status --timeout 0", "a whole number from 1"),
    ] {
        #expect(refusal(line)?.message.contains(words) == true, "\(line): \(refusal(line)?.message ?? "taken")")
    }
    #expect(refusal("logs --limit 1") == nil)
    #expect(refusal("logs --limit 5000") == nil)
}

@Test func missingAndSurplusArgumentsAreNamed() {
    #expect(refusal("config get")?.message.contains("needs <path>") == true)
    #expect(refusal("config set a")?.message.contains("needs <value>") == true)
    #expect(refusal("config get a b")?.message.contains("does not take \"b\"") == true)
    #expect(refusal("health now")?.message.contains("does not take \"now\"") == true)
}

@Test func aFlagGivenTwiceHasToAgreeUnlessItMayRepeat() throws {
    #expect(refusal("status --timeout 1 --timeout 2")?.message.contains("given twice") == true)
    #expect(refusal("status --timeout 1 --timeout 1") == nil)
    let scopes = try run("devices rotate x --scope a --scope b").line.values["--scope"]
    #expect(scopes == ["a", "b"])
}

@Test func helpNeverRunsACommand() throws {
    for line in ["help config get", "config get --help", "--help config get", "help config get a.b --json"] {
        guard case .help(.command(let command)) = try parse(line) else {
            Issue.record("\(line) shows no help")
            continue
        }
        #expect(command.name == "config get")
    }
}

@Test func aFlagTakesAValueWithEveryCommandOrWithNone() {
    var kinds: [String: Bool] = [:]
    for flag in catalog.allFlags {
        let takesValue = flag.value != nil
        #expect(kinds[flag.name, default: takesValue] == takesValue, "\(flag.name)")
        kinds[flag.name] = takesValue
    }
}

@Test func everyCommandIsComplete() {
    let names = catalog.commands.map(\.name)
    #expect(Set(names).count == names.count)
    for command in catalog.commands {
        #expect(command.examples.count == 2, "\(command.name)")
        #expect(!command.seeAlso.isEmpty, "\(command.name)")
        #expect(!command.summary.hasSuffix("."), "\(command.name)")
        for other in command.seeAlso { #expect(names.contains(other), "\(command.name): \(other)") }
        if command.path.count > 1 {
            #expect(catalog.groups.contains { $0.name == command.path[0] }, "\(command.name)")
        }
        #expect(Set(command.flags.map(\.name)).count == command.flags.count, "\(command.name)")
    }
    #expect(catalog.commands.filter(\.isEveryday).count == 8)
}

/// Examples are pasted: each must be a line that the parser takes.
@Test func everyExampleIsTaken() {
    for command in catalog.commands {
        for example in command.examples {
            let words = shellWords(String(example.prefix { $0 != ">" }))
            #expect(words.first == "openclaw", "\(example)")
            do throws(CommandFailure) {
                let request = try CommandLineParser(catalog: catalog).parse(Array(words.dropFirst()))
                guard case .run(let taken, _) = request else {
                    Issue.record("\(example) runs nothing")
                    continue
                }
                #expect(taken.name == command.name, "\(example)")
            } catch {
                Issue.record("\(example): \(error.message)")
            }
        }
    }
}

/// As a shell splits a line that has single quotes at most.
private func shellWords(_ line: String) -> [String] {
    var words: [String] = []
    for (number, part) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
        if number % 2 == 1 { words.append(String(part)) } else { words += part.split(separator: " ").map(String.init) }
    }
    return words
}
