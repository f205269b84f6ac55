import Platform

extension Command {
    static let completion = Command(
        "completion", "print what a shell needs to complete commands and flags",
        arguments: [
            Argument("shell", "bash, zsh or fish", kind: .oneOf(CompletionScript.Shell.allCases.map(\.rawValue)))
        ],
        examples: [
            "openclaw completion bash > ~/.local/share/bash-completion/completions/openclaw",
            "openclaw completion fish > ~/.config/fish/completions/openclaw.fish",
        ],
        seeAlso: ["status"],
        run: { invocation in
            let shell = CompletionScript.Shell(rawValue: invocation.arguments[0])!
            invocation.output.write(CompletionScript(catalog: .all).text(shell))
            return .good
        })
}

/// Completion scripts, made from the commands.
struct CompletionScript {
    enum Shell: String, CaseIterable { case bash, zsh, fish }

    let catalog: CommandCatalog

    func text(_ shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// What may follow the words typed so far: for each beginning of a command the next words and flags.
    private var nexts: [(path: String, words: [String])] {
        var table: [(String, [String])] = [("", top + ["help"] + names(Flag.common))]
        for group in catalog.groups {
            let commands = catalog.commands(in: group)
            let own = commands.first(where: \.isGroupDefault).map { names($0.flags) } ?? []
            table.append((group.name, commands.map { $0.path[1] } + own + names(Flag.common)))
        }
        for command in catalog.commands {
            let words = command.arguments.flatMap(\.kind.words)
            table.append((command.name, words + names(command.flags + Flag.common)))
            if command.path.count > 2, let last = command.path.last {
                table.append((command.path.dropLast().joined(separator: " "), [last]))
            }
        }
        return table
    }

    /// Flags whose values can be named.
    private var values: [(flag: String, words: [String])] {
        var table: [String: Set<String>] = [:]
        for flag in catalog.commands.flatMap(\.flags) where !flag.kind.words.isEmpty {
            table[flag.name, default: []].formUnion(flag.kind.words)
        }
        return table.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) }
    }

    private var top: [String] { catalog.groups.map(\.name) + catalog.single.map(\.name) }
    private func names(_ flags: [Flag]) -> [String] { flags.map(\.name) }
    private var valued: String {
        Set(catalog.allFlags.filter { $0.value != nil }.map(\.name)).sorted().joined(separator: "|")
    }

    private var bash: String {
        """
        # bash completion for openclaw; made by: openclaw completion bash
        _openclaw() {
          local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= skip= w i
          case $before in
        \(values.map { "    \($0.flag)) COMPREPLY=($(compgen -W '\($0.words.joined(separator: " "))' -- \"$word\")); return;;" }.joined(separator: "\n"))
            \(valued)) COMPREPLY=($(compgen -f -- "$word")); return;;
          esac
          for ((i = 1; i < COMP_CWORD; i++)); do
            w=${COMP_WORDS[i]}
            if [[ -n $skip ]]; then skip=; continue; fi
            case $w in
              \(valued)) skip=1;;
              -*) ;;
              *) path="${path:+$path }$w";;
            esac
          done
          while :; do
            case $path in
        \(nexts.map { "      '\($0.path)') COMPREPLY=($(compgen -W '\($0.words.joined(separator: " "))' -- \"$word\")); return;;" }.joined(separator: "\n"))
            esac
            [[ $path == *' '* ]] || return
            path=${path% *}
          done
        }
        complete -F _openclaw openclaw

        """
    }

    /// zsh reads bash's completions.
    private var zsh: String {
        """
        #compdef openclaw
        # zsh completion for openclaw; made by: openclaw completion zsh
        autoload -U +X bashcompinit && bashcompinit
        \(bash)
        """
    }

    private var fish: String {
        var lines = ["# fish completion for openclaw; made by: openclaw completion fish", "complete -c openclaw -f"]
        let tops = top.joined(separator: " ")
        for group in catalog.groups {
            lines.append(line("not __fish_seen_subcommand_from \(tops)", "-a \(group.name)", group.summary))
        }
        for command in catalog.single {
            lines.append(line("not __fish_seen_subcommand_from \(tops)", "-a \(command.name)", command.summary))
        }
        for command in catalog.commands {
            let seen = command.path.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
            if command.path.count > 1 {
                lines.append(
                    line("__fish_seen_subcommand_from \(command.path[0])", "-a \(command.path[1])", command.summary))
            }
            lines += command.flags.map { flag in
                let words = flag.kind.words.isEmpty ? "" : " -a '\(flag.kind.words.joined(separator: " "))'"
                return line(seen, "-l \(flag.name.dropFirst(2))\(flag.value == nil ? "" : " -r")\(words)", flag.doc)
            }
        }
        lines += Flag.common.map { flag in
            "complete -c openclaw -l \(flag.name.dropFirst(2))\(flag.value == nil ? "" : " -r") -d '\(Self.quoted(flag.doc))'"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ condition: String, _ what: String, _ doc: String) -> String {
        "complete -c openclaw -n '\(condition)' \(what) -d '\(Self.quoted(doc))'"
    }

    private static func quoted(_ text: String) -> String {
        text.map { $0 == "'" ? "\\'" : String($0) }.joined()
    }
}
