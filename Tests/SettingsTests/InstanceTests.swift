import Platform
import Testing

@testable import Settings

@Suite struct InstanceTests {
    private static func instance(
        profile: String? = nil, dev: Bool = false, port: String? = nil, _ variables: [String: String]
    ) throws -> Instance {
        var flags = Instance.Flags()
        flags.profile = profile
        flags.dev = dev
        flags.port = port
        return try Instance(flags: flags, environment: Environment(variables))
    }

    /// Every path of an instance, by its name.
    private static func paths(_ instance: Instance) -> [String: String] {
        [
            "home": instance.homeDirectory, "state": instance.stateDirectory, "config": instance.configPath,
            "workspace": instance.workspaceDirectory, "logs": instance.logDirectory, "lock": instance.lockPath,
            "database": instance.databasePath, "socket": instance.socketPath, "env": instance.environmentFilePath,
        ]
    }

    private static func expected(state: String, workspace: String, home: String = "/h") -> [String: String] {
        [
            "home": home, "state": state, "config": state + "/openclaw.json", "workspace": workspace,
            "logs": state + "/logs", "lock": state + "/gateway.lock", "database": state + "/openclaw.sqlite",
            "socket": state + "/gateway.sock", "env": state + "/.env",
        ]
    }

    @Test func everyPathOfEveryKindOfProfile() throws {
        let home = ["HOME": "/h"]
        let standard = Self.expected(state: "/h/.openclaw", workspace: "/h/.openclaw/workspace")
        #expect(try Self.paths(Self.instance(home)) == standard)
        #expect(try Self.paths(Self.instance(profile: "default", home)) == standard)
        #expect(
            try Self.paths(Self.instance(dev: true, home))
                == Self.expected(state: "/h/.openclaw-dev", workspace: "/h/.openclaw/workspace-dev"))
        let rescue = Self.expected(state: "/h/.openclaw-rescue", workspace: "/h/.openclaw/workspace-rescue")
        #expect(try Self.paths(Self.instance(profile: "rescue", home)) == rescue)
        #expect(try Self.paths(Self.instance(home.merging(["OPENCLAW_PROFILE": "rescue"]) { $1 })) == rescue)
    }

    @Test func eachVariableMovesWhatItNames() throws {
        func paths(_ name: String, _ value: String) throws -> [String: String] {
            Self.paths(try Self.instance(profile: "p", ["HOME": "/h", name: value]))
        }
        var moved = Self.expected(state: "/h/.openclaw-p", workspace: "/h/.openclaw/workspace-p")
        moved["config"] = "/etc/o.json"
        #expect(try paths("OPENCLAW_CONFIG_PATH", "/etc/o.json") == moved)
        moved["config"] = "/h/o.json"
        #expect(try paths("OPENCLAW_CONFIG_PATH", "~/o.json") == moved)
        #expect(
            try paths("OPENCLAW_STATE_DIR", "/var/o/")
                == Self.expected(state: "/var/o", workspace: "/h/.openclaw/workspace-p"))
        #expect(
            try paths("OPENCLAW_HOME", "/other")
                == Self.expected(state: "/other/.openclaw-p", workspace: "/other/.openclaw/workspace-p", home: "/other")
        )
        #expect(
            try paths("OPENCLAW_WORKSPACE_DIR", "/work")
                == Self.expected(state: "/h/.openclaw-p", workspace: "/work"))
    }

    @Test func withoutAHomeTheStateDirectoryIsEnough() throws {
        let instance = try Self.instance(["OPENCLAW_STATE_DIR": "/s"])
        #expect(Self.paths(instance) == Self.expected(state: "/s", workspace: "/s/workspace", home: "/s"))
        #expect(throws: SettingsError.noHome) { try Self.instance([:]) }
    }

    @Test(arguments: ["OPENCLAW_STATE_DIR", "OPENCLAW_HOME", "OPENCLAW_CONFIG_PATH", "OPENCLAW_WORKSPACE_DIR"])
    func aRelativePathIsRefusedByName(_ name: String) {
        #expect(throws: SettingsError.relativePath(value: "x/y", source: name)) {
            try Self.instance(["HOME": "/h", name: "x/y"])
        }
    }

    /// reliability.md 1.2 row 18: a command for one profile, run from within the service of another.
    @Test func aFlagGoesBeforeWhatAnotherProfilesServiceHas() throws {
        let service = [
            "HOME": "/h", "OPENCLAW_PROFILE": "ops", "OPENCLAW_STATE_DIR": "/h/.openclaw-ops",
            "OPENCLAW_CONFIG_PATH": "/h/.openclaw-ops/openclaw.json", "OPENCLAW_GATEWAY_PORT": "19789",
            "OPENCLAW_WORKSPACE_DIR": "/h/w",
        ]
        let rescue = try Self.instance(profile: "rescue", service)
        #expect(rescue.isForeignEnvironment)
        #expect(
            Self.paths(rescue)
                == Self.expected(state: "/h/.openclaw-rescue", workspace: "/h/.openclaw/workspace-rescue"))
        #expect(rescue.requestedPort == nil)
        let ops = try Self.instance(profile: "ops", service)
        #expect(!ops.isForeignEnvironment && ops.requestedPort == 19789 && ops.workspaceDirectory == "/h/w")
        let main = ["HOME": "/h", "OPENCLAW_SERVICE_MARKER": "openclaw", "OPENCLAW_STATE_DIR": "/h/.openclaw"]
        #expect(try Self.instance(profile: "rescue", main).stateDirectory == "/h/.openclaw-rescue")
        #expect(try Self.instance(profile: "default", main).stateDirectory == "/h/.openclaw")
        // By hand, without a profile: mission M4.
        #expect(
            try Self.instance(profile: "rescue", ["HOME": "/h", "OPENCLAW_STATE_DIR": "/s"]).stateDirectory == "/s")
    }

    @Test func thePortIsThatOfTheFlagThenOfTheEnvironment() throws {
        let both = ["HOME": "/h", "OPENCLAW_GATEWAY_PORT": "20000"]
        let flag = try Self.instance(port: "21000", both)
        #expect(flag.requestedPort == 21000 && flag.portSource == "--port" && flag.port == 21000)
        let variable = try Self.instance(both)
        #expect(variable.requestedPort == 20000 && variable.portSource == "OPENCLAW_GATEWAY_PORT")
        let none = try Self.instance(["HOME": "/h"])
        #expect(none.requestedPort == nil && none.portSource == nil && none.port == 18789)
        #expect(try Self.instance(dev: true, ["HOME": "/h"]).port == 19001)
        #expect(try Self.instance(port: "0", ["HOME": "/h"]).requestedPort == 0)
        for bad in ["0", "65536", "x", "-1"] {
            #expect(throws: SettingsError.badPort(value: bad, source: "OPENCLAW_GATEWAY_PORT")) {
                try Self.instance(["HOME": "/h", "OPENCLAW_GATEWAY_PORT": bad])
            }
        }
        #expect(try Self.instance(["HOME": "/h", "OPENCLAW_GATEWAY_PORT": "65535"]).port == 65535)
    }

    @Test func servicesAreNamedAsTheyAlwaysWere() throws {
        func names(_ profile: String?) throws -> [String] {
            let instance = try Self.instance(profile: profile, ["HOME": "/h"])
            return ServiceBackend.allCases.map(instance.serviceName)
        }
        #expect(try names(nil) == ["openclaw-gateway.service", "ai.openclaw.gateway", "OpenClaw Gateway"])
        #expect(
            try names("rescue") == [
                "openclaw-gateway-rescue.service", "ai.openclaw.rescue", "OpenClaw Gateway (rescue)",
            ])
    }

    @Test func devAndAnotherProfileAtOnceAreRefused() throws {
        #expect(throws: SettingsError.twoProfiles("rescue")) {
            try Self.instance(profile: "rescue", dev: true, ["HOME": "/h"])
        }
        #expect(try Self.instance(profile: "dev", dev: true, ["HOME": "/h"]).profile == .dev)
    }

    @Test(arguments: [
        ("a", true), ("a-b_9", true), ("9a", true), ("", false), ("-a", false), ("A", false), ("a/b", false),
        ("..", false), ("a b", false),
    ])
    func profileNamesAreStrict(_ name: String, _ isGood: Bool) {
        #expect(((try? Profile(named: name)) != nil) == isGood)
    }

    @Test func profileNamesHaveALimit() {
        for (length, isGood) in [(63, true), (64, true), (65, false)] {
            #expect(((try? Profile(named: String(repeating: "a", count: length))) != nil) == isGood)
        }
    }

    @Test func theHomeDirectoryIsShownAsATilde() throws {
        let instance = try Self.instance(["HOME": "/h"])
        #expect(instance.shown("/h/.openclaw/x") == "~/.openclaw/x")
        #expect(instance.shown("/home/x") == "/home/x")
        #expect(instance.expanded("~/x") == "/h/x" && instance.expanded("~x") == "~x" && instance.expanded("~") == "/h")
    }
}
