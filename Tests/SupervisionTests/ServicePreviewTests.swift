import Platform
import Settings
import Support
import Testing

@testable import Supervision

/// One service as it would be installed on one platform.
private struct PreviewCase {
    let name: String
    let platform: ServicePlatform
    let environment: [String: String]
    let service: ServiceDescription

    @LoopActor
    func preview() throws -> ServicePreview {
        let host = SupervisionHost.made(by: FakeProcessRunner(), environment, home: service.instance.homeDirectory)
        return try ServiceBackends.preview(service, for: platform, host)
    }

    /// Every way that a platform starts a gateway, for both kinds, with plain paths and odd ones.
    static func all(_ platforms: [ServicePlatform] = ServicePlatform.allCases) throws -> [PreviewCase] {
        var all: [PreviewCase] = []
        for platform in platforms {
            for kind in ServiceKind.allCases {
                for way in platform == .windows ? ["-wsl", "-native"] : [""] {
                    let environment = way == "-wsl" ? ["WSL_DISTRO_NAME": "Debian"] : [:]
                    let name = "\(platform)\(way)-\(kind)"
                    let plain = try description(kind: kind, home: "/home/ada")
                    let (binary, home) =
                        switch way {
                        case "-native": (OddPath.windowsBinary, OddPath.windowsHome)
                        case "-wsl": (OddPath.taskBinary, OddPath.taskHome)
                        default: (OddPath.binary, OddPath.home)
                        }
                    let odd = try description(profile: "rescue", kind: kind, binary: binary, home: home)
                    for (suffix, service) in [("", plain), ("-odd", odd)] {
                        all.append(
                            PreviewCase(
                                name: name + suffix, platform: platform, environment: environment, service: service))
                    }
                }
            }
        }
        return all
    }
}

@Suite struct ServicePreviewTests {
    /// Each file as it would be written, and each command.
    @Test func whatWouldBeWrittenAndRunIsAsRecorded() async throws {
        for one in try PreviewCase.all([.macos, .windows]) {
            let preview = try await onLoop { try one.preview() }
            try await SupervisionFixture.expect(
                SupervisionFixture.listing(preview.commands), isRecordedAs: "\(one.name)/commands")
            for file in preview.files {
                let name = file.path.split(separator: "/").last ?? ""
                try await SupervisionFixture.expect(file.text, isRecordedAs: "\(one.name)/\(name)")
            }
        }
    }

    /// Configuration, environment and `.env` of the gateway that is described are full of secrets.
    @Test func noSecretIsRenderedForAnyPlatform() async throws {
        let secrets = ["tok-4471-gateway", "pw-9920-gateway", "sk-ant-5503-key", "7788:AAH-bot-token", "hook-3316"]
        let scratch = ScratchDirectory()
        for odd in ["plain", "it's <odd> & ü"] {
            scratch.makeDirectory(odd)
            scratch.write(
                """
                {gateway: {port: 18799, auth: {token: "\(secrets[0])", password: "\(secrets[1])"}},
                 models: {providers: {anthropic: {apiKey: "\(secrets[2])"}}},
                 channels: {telegram: {botToken: "\(secrets[3])"}}, hooks: {token: "\(secrets[4])"}}
                """, to: "\(odd)/openclaw.json")
            scratch.write("ANTHROPIC_API_KEY=\(secrets[2])\n", to: "\(odd)/.env")
            let environment = [
                "HOME": scratch.path(odd), "OPENCLAW_STATE_DIR": scratch.path(odd), "WSL_DISTRO_NAME": "Debian",
                "OPENCLAW_GATEWAY_TOKEN": secrets[0], "OPENCLAW_GATEWAY_PASSWORD": secrets[1],
                "ANTHROPIC_API_KEY": secrets[2], "TELEGRAM_BOT_TOKEN": secrets[3],
            ]
            let instance = try Instance(flags: Instance.Flags(), environment: Environment(environment))
            for platform in ServicePlatform.allCases {
                for kind in ServiceKind.allCases {
                    let service = ServiceDescription(
                        instance, kind: kind, binary: "/usr/local/bin/openclaw", port: 18799, version: "2026.12.0",
                        user: "ada")
                    for known in [environment, environment.filter { $0.key != "WSL_DISTRO_NAME" }] {
                        let preview = try await onLoop {
                            try ServiceBackends.preview(
                                service, for: platform,
                                .made(by: FakeProcessRunner(), known, home: scratch.path(odd)))
                        }
                        #expect(preview.files.contains { $0.text.contains("18799") })
                        let all = preview.files.flatMap { [$0.path, RenderedFile.decoded($0.bytes)] }
                        for text in all + preview.commands.joined() + preview.notes {
                            for secret in secrets { #expect(!text.contains(secret), "\(platform) \(kind)") }
                        }
                    }
                }
            }
        }
    }

    @Test func whatLinuxWouldRunIsWhatIsRun() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            try await PrivateDirectory.create(scratch.path("run/systemd/system"))
            let runner = FakeProcessRunner()
            let host = SupervisionHost.made(by: runner, home: scratch.path("h"), root: scratch.path)
            let service = try description(home: scratch.path("h"))
            let preview = try ServiceBackends.preview(service, for: .linux, host)
            #expect(runner.requests.isEmpty)
            let backend = ServiceBackends.backend(for: .linux, host)
            let outcome = try await backend.install(service)
            #expect(preview.files.map(\.path) == [outcome.path])
            #expect(try await FileReading.read(outcome.path, limit: 1 << 20) == preview.files[0].bytes)
            #expect(runner.requests.map(\.arguments).filter { !$0.contains("show") } == preview.commands)
        }
    }

    @Test func eachPlatformHasABackend() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let plain = SupervisionHost.made(by: FakeProcessRunner(), root: scratch.path)
            let wsl = SupervisionHost.made(
                by: FakeProcessRunner(), ["WSL_DISTRO_NAME": "Debian"], root: scratch.path)
            #expect(ServiceBackends.platform(plain) == .linux)
            #expect(ServiceBackends.platform(wsl) == .windows)
            try await PrivateDirectory.create(scratch.path("run/systemd/system"))
            #expect(ServiceBackends.platform(wsl) == .linux)
            #expect(ServiceBackends.backend(for: .linux, plain) is SystemdBackend)
            #expect(ServiceBackends.backend(for: .macos, plain) is LaunchdBackend)
            #expect(ServiceBackends.backend(for: .windows, plain) is TaskBackend)
            #expect(Set(ServicePlatform.allCases.map(\.backend)).count == 3)
        }
    }
}
