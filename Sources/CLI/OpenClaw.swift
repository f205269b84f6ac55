import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The whole program: follows the command line and exits.
package func openclaw(_ arguments: [String]) -> Never {
    StandardStream.ensureAllOpen()
    let parser = CommandLineParser(commands: Command.all, environment: .process)
    let code: ExitCode
    do throws(CommandLineError) {
        switch try parser.parse(Array(arguments.dropFirst())) {
        case .version:
            StandardStream.output.write("openclaw \(Help.version)\n")
            code = .good
        case .help(let command):
            StandardStream.output.write(Help.text(command))
            code = .good
        case .run(let command, let invocation):
            code = command.run(invocation)
        }
    } catch {
        StandardStream.error.write("openclaw: \(error.message)\n  \(error.hint)\n")
        code = .usage
    }
    exit(code.rawValue)
}
