import Platform
import Settings

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The whole program: follows the command line and exits.
package func openclaw(_ arguments: [String]) -> Never {
    StandardStream.ensureAllOpen()
    ProcessMemory.useOneHeap()
    exit(Program(environment: .process).run(Array(arguments.dropFirst())).rawValue)
}

/// From a command line to an exit code.
struct Program {
    let catalog: CommandCatalog
    let environment: Environment

    init(catalog: CommandCatalog = .all, environment: Environment) {
        self.catalog = catalog
        self.environment = environment
    }

    func run(_ arguments: [String]) -> ExitCode {
        // How an answer is to look has to be known even where the line cannot be understood.
        let flags = arguments.prefix { $0 != "--" }
        let output = Output.standard(
            environment, isJSON: flags.contains("--json"), noColor: flags.contains("--no-color"))
        do throws(CommandFailure) {
            return try follow(arguments, output)
        } catch {
            output.fail(error)
            return error.code
        }
    }

    private func follow(_ arguments: [String], _ output: Output) throws(CommandFailure) -> ExitCode {
        switch try CommandLineParser(catalog: catalog).parse(arguments) {
        case .version:
            output.line("openclaw \(Help.version)")
            return .good
        case .help(let subject):
            output.write(Help(catalog: catalog, style: output.style).text(subject))
            return .good
        case .run(let command, let line):
            let instance = try instance(command, line)
            Signals.ignoreFailedWrites()
            return try EventLoop.shared.run { [environment] () async -> Result<ExitCode, CommandFailure> in
                let invocation = Invocation(
                    command: command, instance: instance, arguments: line.arguments, values: line.values,
                    switches: line.switches, environment: environment, output: output, surroundings: .real)
                do throws(CommandFailure) {
                    return .success(try await command.run(invocation))
                } catch {
                    return .failure(error)
                }
            }.get()
        }
    }

    private func instance(_ command: Command, _ line: ParsedLine) throws(CommandFailure) -> Instance {
        var flags = Instance.Flags()
        flags.profile = line.values["--profile"]?.last
        flags.dev = line.switches.contains("--dev")
        flags.port = line.values["--port"]?.last
        do throws(SettingsError) {
            return try Instance(flags: flags, environment: environment)
        } catch {
            throw .usage(error.description, hint: "openclaw \(command.name) --help")
        }
    }
}
