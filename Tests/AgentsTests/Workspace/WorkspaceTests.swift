import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct WorkspaceTests {
    @LoopActor
    static func prompt(
        _ bench: ToolBench, _ config: JSON = [:], tools: [ToolDefinition] = [], isHeartbeat: Bool = false
    ) async -> SystemPrompt {
        let builder = PromptBuilder(
            stateDirectory: bench.state, environment: ["PATH": "/usr/bin:/bin"], clock: FakeClock())
        builder.take(config)
        return await builder.systemPrompt(
            for: PromptFacts(context: bench.context, tools: tools, extra: "EXTRA", isHeartbeat: isHeartbeat))
    }

    @Test func aNewWorkspaceIsMadeOnceAndNeverWrittenOver() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.scratch.delete("workspace")
            _ = await Self.prompt(bench)
            let made = bench.scratch.names(in: "workspace")
            #expect(
                made == ["AGENTS.md", "BOOTSTRAP.md", "HEARTBEAT.md", "IDENTITY.md", "SOUL.md", "TOOLS.md", "USER.md"])
            bench.write("mine", to: "SOUL.md")
            bench.scratch.delete("workspace/BOOTSTRAP.md")
            _ = await Self.prompt(bench)
            #expect(bench.read("SOUL.md") == "mine" && bench.read("BOOTSTRAP.md") == nil)
        }
    }

    @Test func aWorkspaceWithSomethingInItIsLeftAlone() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("x", to: "project.txt")
            _ = await Self.prompt(bench)
            #expect(bench.scratch.names(in: "workspace") == ["project.txt"])
            let fresh = ToolBench()
            _ = await Self.prompt(fresh, ["agents": ["defaults": ["skipBootstrap": true]]])
            #expect(fresh.scratch.names(in: "workspace") == [])
        }
    }

    @Test func thePromptSaysWhatIsThereAndReportsItsSizes() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("Be kind.", to: "SOUL.md")
            bench.write("likes tea", to: "MEMORY.md")
            bench.write("do things", to: "HEARTBEAT.md")
            let prompt = await Self.prompt(bench, tools: [ToolDefinition("read", "x")])
            let names = prompt.sections.map(\.name)
            #expect(
                names == [
                    "manner", "tools", "workspace", "skills", "AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md",
                    "TOOLS.md", "MEMORY.md", "BOOTSTRAP.md", "runtime", "extra",
                ])
            #expect(
                prompt.parts.count == 2 && prompt.parts[0].endsCache
                    && prompt.parts[0].text.contains("## SOUL.md\nBe kind."))
            #expect(prompt.parts[1].text.contains("EXTRA") && prompt.parts[1].text.contains("Date: 2026-"))
            let rows = prompt.report["sections"]?.array ?? []
            #expect(rows.first { $0["name"]?.string == "AGENTS.md" }?["missing"]?.bool == true)
            #expect(prompt.report["bytes"]?.int == prompt.bytes && prompt.toolBytes > 0)
            let beat = await Self.prompt(bench, isHeartbeat: true)
            #expect(beat.sections.contains { $0.name == "HEARTBEAT.md" && $0.text.contains("do things") })
        }
    }

    @Test func whatIsPrivateIsToldToOwnersOnly() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("likes tea", to: "MEMORY.md")
            bench.write("Name: Ada", to: "USER.md")
            bench.isOwner = false
            let text = await Self.prompt(bench).parts.map(\.text).joined()
            #expect(!text.contains("likes tea") && !text.contains("Ada") && text.contains("do not speak with an owner"))
        }
    }

    @Test func aFileThatIsALinkIsToldOfAndNotRead() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.scratch.write("top secret", to: "secret")
            bench.link("SOUL.md", to: "../secret")
            let section = await Self.prompt(bench).sections.first { $0.name == "SOUL.md" }
            #expect(section?.text.contains("cannot be read") == true && section?.text.contains("top secret") == false)
        }
    }

    @Test func longFilesAreCutAndSaySo() throws {
        let bench = ScratchDirectory()
        for extra in -1...1 {
            let text = String(repeating: "a", count: WorkspaceDocuments.fileLimit + extra)
            bench.write(text, to: "AGENTS.md")
            let document = try #require(WorkspaceDocuments(root: bench.path).read(["AGENTS.md"]).first)
            #expect(document.isCut == (extra > 0) && document.sourceBytes == text.utf8.count)
            #expect((document.text?.utf8.count ?? 0) <= WorkspaceDocuments.fileLimit)
            #expect((document.text?.contains("the middle is left out") == true) == (extra > 0))
        }
        // All together: the second finds what the first left.
        let small = WorkspaceDocuments(root: bench.path, fileLimit: 1000, totalLimit: 1500)
        bench.write(String(repeating: "b", count: 900), to: "SOUL.md")
        let both = small.read(["AGENTS.md", "SOUL.md"])
        #expect(both.reduce(0) { $0 + ($1.text?.utf8.count ?? 0) } <= 1500 && both[1].isCut)
        // No character is cut in two.
        bench.write(String(repeating: "é", count: 2000), to: "AGENTS.md")
        let text = try #require(WorkspaceDocuments(root: bench.path, fileLimit: 1001).read(["AGENTS.md"]).first?.text)
        #expect(!text.contains("\u{fffd}"))
    }
}

@Suite struct SkillTests {
    static func file(_ name: String, _ more: String = "", description: String = "does things") -> String {
        "---\nname: \(name)\ndescription: \(description)\n\(more)---\n# \(name)\nInstructions of \(name).\n"
    }

    static func add(_ bench: ScratchDirectory, _ place: String, _ text: String) {
        var path = ""
        for part in place.split(separator: "/") {
            path += (path.isEmpty ? "" : "/") + part
            if !bench.names(in: path.split(separator: "/").dropLast().joined(separator: "/") + "/.").contains(
                String(part))
            {
                bench.makeDirectory(path)
            }
        }
        bench.write(text, to: place + "/SKILL.md")
    }

    static func shelf(
        _ bench: ScratchDirectory, _ config: JSON = [:], environment: [String: String] = ["PATH": "/usr/bin:/bin"]
    ) -> SkillShelf {
        SkillShelf(
            workspace: bench.path("workspace"), stateDirectory: bench.path("state"), config: config, agentID: "main",
            environment: environment)
    }

    static func bench() -> ScratchDirectory {
        let bench = ScratchDirectory()
        bench.makeDirectory("workspace")
        bench.makeDirectory("state")
        return bench
    }

    @Test func theWorkspaceGoesBeforeWhatIsManagedAndBundled() {
        let bench = Self.bench()
        Self.add(bench, "state/skills/weather", Self.file("weather", description: "managed"))
        Self.add(bench, "state/skills/gateway-care", Self.file("gateway-care", description: "managed"))
        Self.add(bench, "workspace/skills/group/weather", Self.file("weather", description: "own"))
        let rows = Self.shelf(bench).contents().rows
        #expect(rows.map(\.skill.name) == ["gateway-care", "weather"])
        #expect(rows.map(\.skill.description) == ["managed", "own"])
        #expect(rows.map(\.skill.source) == [.managed, .workspace])
    }

    @Test func whatASkillNeedsIsLookedFor() throws {
        let bench = Self.bench()
        let metadata = """
            metadata:
              {"openclaw": {"emoji": "x", "skillKey": "k", "primaryEnv": "K_KEY", "os": ["linux", "darwin"],
                "requires": {"bins": ["ls", "no-such-program"], "anyBins": ["ls", "nope"], "env": ["K_KEY", "OTHER"], "config": ["ui.on"]}}}

            """
        Self.add(bench, "workspace/skills/k", Self.file("k", metadata))
        let row = try #require(Self.shelf(bench).contents().rows.first { $0.skill.name == "k" })
        #expect(
            row.missing.bins == ["no-such-program"] && row.missing.anyBins.isEmpty
                && row.missing.env == ["K_KEY", "OTHER"])
        #expect(row.missing.config == ["ui.on"] && row.missing.os.isEmpty && !row.isEligible && row.skill.key == "k")
        let config: JSON = ["ui": ["on": true], "skills": ["entries": ["k": ["apiKey": "x", "env": ["OTHER": "y"]]]]]
        let better = try #require(Self.shelf(bench, config).contents().rows.first { $0.skill.name == "k" })
        #expect(better.missing.env.isEmpty && better.missing.config.isEmpty && !better.isEligible)
        let off = try #require(
            Self.shelf(bench, ["skills": ["entries": ["k": ["enabled": false]]]]).contents().rows.first {
                $0.skill.name == "k"
            })
        #expect(off.isDisabled && !off.isEligible)
    }

    @Test func commandsFindSetWhatUsableSkillsAreGiven() {
        let bench = Self.bench()
        let metadata = "metadata:\n  {\"openclaw\": {\"primaryEnv\": \"A_KEY\"}}\n"
        Self.add(bench, "workspace/skills/a", Self.file("a", metadata))
        Self.add(bench, "workspace/skills/b", Self.file("b"))
        let config: JSON = [
            "skills": [
                "entries": [
                    "a": ["apiKey": "key-of-a", "env": ["A_URL": "u"]],
                    "b": ["enabled": false, "env": ["B_URL": "u"]], "gone": ["env": ["GONE": "x"]],
                ]
            ]
        ]
        let shelf = Self.shelf(bench, config)
        let found = shelf.variables(shelf.contents())
        #expect(Dictionary(uniqueKeysWithValues: found) == ["A_KEY": "key-of-a", "A_URL": "u"])
    }

    @Test func listsSayWhichAreUsed() {
        let bench = Self.bench()
        Self.add(bench, "workspace/skills/a", Self.file("a"))
        Self.add(bench, "workspace/skills/b", Self.file("b", "disable-model-invocation: true\n"))
        func eligible(_ config: JSON) -> [String] { Self.shelf(bench, config).contents().eligible.map(\.name) }
        #expect(eligible([:]) == ["a", "gateway-care"])
        #expect(eligible(["skills": ["allowBundled": []]]) == ["a"])
        #expect(eligible(["agents": ["defaults": ["skills": ["gateway-care"]]]]) == ["gateway-care"])
        #expect(eligible(["agents": ["list": [["id": "main", "skills": []]]]]) == [])
    }

    static let noSkills = [
        "", "# no front matter", "---\nname: x\n", "---\nname: x\n---\n", "---\nname: a b\ndescription: d\n---",
        "---\nname: ../x\ndescription: d\n---",
        "---\nname: x\ndescription: d\nmetadata: {not json\n---",
    ]

    @Test(arguments: noSkills) func whatIsNoSkillIsToldOf(text: String) {
        let bench = Self.bench()
        Self.add(bench, "workspace/skills/x", text)
        let contents = Self.shelf(bench).contents()
        #expect(contents.rows.count == 1 && contents.problems.count == 1, "\(contents.problems)")
    }

    @Test func GHSA_gfg9_5357_hv4c_linksLeadToNoSkill() {
        let bench = Self.bench()
        Self.add(bench, "outside/evil", Self.file("evil"))
        Self.add(bench, "workspace/skills/good", Self.file("good"))
        bench.link("workspace/skills/evil", to: "../../outside/evil")
        bench.makeDirectory("workspace/skills/half")
        bench.link("workspace/skills/half/SKILL.md", to: "../../../outside/evil/SKILL.md")
        bench.link("state/skills", to: "../outside")
        let contents = Self.shelf(bench).contents()
        #expect(contents.rows.map(\.skill.name) == ["gateway-care", "good"])
    }

    @Test func skillsAreReadByTheirName() async throws {
        try await onLoop {
            let bench = ToolBench()
            Self.add(bench.scratch, "state/skills/weather", Self.file("weather"))
            bench.scratch.write("beside", to: "state/skills/weather/more.md")
            let builder = PromptBuilder(
                stateDirectory: bench.state, environment: ["PATH": "/usr/bin"], clock: FakeClock())
            let read = ReadTool(skills: builder)
            #expect(try await bench.good(read, ["path": "skill:weather"]).contains("Instructions of weather."))
            #expect(try await bench.good(read, ["path": "skill:weather/more.md"]) == "beside\n")
            #expect(
                try await bench.good(read, ["path": "skill:gateway-care"]).contains("# When something does not answer"))
            for path in [
                "skill:nothing", "skill:", "skill:weather/../../openclaw.json", "skill:../x", "skill:gateway-care/x",
                "skill:weather//etc",
            ] {
                _ = try await bench.refused(read, ["path": .string(path)])
            }
            let prompt = await builder.systemPrompt(for: PromptFacts(context: bench.context, tools: [read.definition]))
            #expect(prompt.sections.first { $0.name == "skills" }?.text.contains("- weather: does things") == true)
        }
    }

    @Test func aDescriptionMayTakeSeveralLines() throws {
        let text = "---\r\nname: \"x\"\r\ndescription: >\r\n  one\r\n  two\r\n---\r\n"
        let skill = try SkillFile.read(text, folder: "f", source: .managed, directory: nil)
        #expect(skill.name == "x" && skill.description == "one two")
    }
}
