import Testing

@testable import CLI

private func help(_ subject: HelpSubject, width: Int) -> String {
    Help(catalog: .all, style: TextStyle(width: width)).text(subject)
}

private var subjects: [HelpSubject] {
    [.overview, .topics] + HelpTopic.all.map { .topic($0) } + CommandCatalog.all.groups.map { .group($0) }
        + CommandCatalog.all.commands.map { .command($0) }
}

@Test func noPageIsWiderThanTheTerminal() {
    for width in [40, 60, 80] {
        for subject in subjects {
            for line in help(subject, width: width).split(separator: "\n") {
                // What is to be pasted stays whole.
                let isCommand = line.contains("openclaw ") || line.contains("<") && line.hasPrefix("  -")
                #expect(line.count <= width || isCommand, "\(width): \(line)")
            }
        }
    }
}

@Test func theFirstPageFitsAScreen() {
    let lines = help(.overview, width: 80).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 24)
    for group in CommandCatalog.all.groups { #expect(help(.overview, width: 80).contains(group.name)) }
}

@Test func theFirstPageReadsAsItDid() {
    let expected = """
        openclaw 2026.12.0: keeps your chat agents reachable

          gateway         run the gateway in the foreground
          status          the gateway and its channels at a glance
          agent           send a message to an agent, and print its answer
          tui             chat with an agent in the terminal
          gateway status  is the gateway there: service, process, listener,
                          authentication, RPC, channels
          logs            show the gateway's log, from the gateway or else from its file
          config set      change a setting in the configuration file; comments and
                          layout stay
          devices list    devices that may use the gateway, and those that ask to

        Groups: gateway  agents  sessions  models  channels  directory  pairing  message
            cron  failover  memory  skills  approvals  security  config  devices  nodes
            secrets  backup  profiles  system
        Also: health  doctor  dashboard  setup  onboard  configure  import  reset
            uninstall  completion  update
        Flags: --profile <name>  --dev  --no-color  --help  --version
        More: openclaw <command> --help, openclaw help topics

        """
    #expect(help(.overview, width: 80) == expected)
}

@Test func aPageOfACommandReadsAsItDid() {
    let command = CommandCatalog.all.commands.first { $0.name == "config file" }!
    let expected = """
        openclaw config file: print where the
        configuration file is

        Usage: openclaw config file [flags]

        Flags
          --json
              one JSON object with stable names,
              also for an error
          --profile <name>
              which gateway of this host;
              default: $OPENCLAW_PROFILE, else
              "default"
          --dev
              the dev profile: its own state,
              port 19001
          --no-color
              no colours, as with NO_COLOR set
          --help
              what a command does and takes
          --version
              the version of this program

        Examples
          openclaw config file
          openclaw --profile rescue config file

        See also: openclaw config get
            openclaw config validate

        """
    #expect(help(.command(command), width: 40) == expected)
}

@Test func outsideUTF8HelpIsASCII() {
    let style = TextStyle(width: 80, isUnicode: false)
    for subject in subjects {
        let text = Help(catalog: .all, style: style).text(subject)
        #expect(text.utf8.allSatisfy { $0 < 0x80 }, "\(text)")
    }
}
