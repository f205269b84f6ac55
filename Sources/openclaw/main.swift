import CLI

openclaw(CommandLine.arguments)
