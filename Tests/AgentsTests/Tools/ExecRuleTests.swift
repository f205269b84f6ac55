import Platform
import Support
import Testing

@testable import Agents

@Suite struct ExecRuleTests {
    /// A line and its words; nil where only a shell can read it.
    static let lines: [(String, [String]?)] = [
        ("git status", ["git", "status"]), ("  git \t status  ", ["git", "status"]),
        ("git 'a b' \"c d\"", ["git", "a b", "c d"]),
        ("a''b c", ["ab", "c"]), ("echo ''", ["echo", ""]), ("echo \"\"", ["echo", ""]),
        ("echo a\\ b", ["echo", "a b"]),
        ("echo \"a\\\"b\"", ["echo", "a\"b"]), ("echo 'a\\b'", ["echo", "a\\b"]),
        ("echo \"a\\nb\"", ["echo", "a\\nb"]),
        ("/usr/bin/git log", ["/usr/bin/git", "log"]), ("echo a~ b#c", ["echo", "a~", "b#c"]),
        ("echo a=b", ["echo", "a=b"]),
        ("echo 'a;b|c&d$e`f>g'", ["echo", "a;b|c&d$e`f>g"]), ("echo 'two\nlines'", ["echo", "two\nlines"]),
        ("git log --format='%h %s'", ["git", "log", "--format=%h %s"]), ("echo ü", ["echo", "ü"]),
        // All else is a shell's.
        ("", nil), ("   ", nil), ("''", nil), ("a; b", nil), ("a && b", nil), ("a || b", nil), ("a | b", nil),
        ("a &", nil), ("a\nb", nil),
        ("a\r\nb", nil), ("a > f", nil), ("a >> f", nil), ("a < f", nil), ("a 2>&1", nil), ("a <<< x", nil),
        ("a <(b)", nil),
        ("echo $HOME", nil), ("echo ${HOME}", nil), ("echo $(b)", nil), ("echo `b`", nil), ("echo \"$(b)\"", nil),
        ("echo \"`b`\"", nil),
        ("echo \"$X\"", nil), ("(a)", nil), ("{ a; }", nil), ("echo {a,b}", nil), ("ls *.c", nil), ("ls ?", nil),
        ("ls [a]", nil),
        ("cd ~", nil), ("cd ~root", nil), ("# a", nil), ("a # b", nil), ("! a", nil), ("echo !!", nil),
        ("echo \"!x\"", nil), ("X=1 a", nil),
        ("a=b", nil), ("echo 'a", nil), ("echo \"a", nil), ("echo a\\", nil), ("echo a\\\nb", nil), ("a\u{0}b", nil),
        ("a\u{7f}", nil),
        ("echo \"a\\", nil), ("echo \"a\\\nb\"", nil),
    ]

    @Test(arguments: lines.indices) func aLineIsWordsOrAShells(index: Int) {
        let (line, words) = Self.lines[index]
        #expect(PlainCommand(line).words == words, "\(line.debugDescription)")
    }

    @Test(arguments: [-1, 0, 1]) func aLineOfTheLimitIsTheLongest(extra: Int) {
        let line = "a " + String(repeating: "x", count: PlainCommand.byteLimit - 2 + extra)
        #expect((PlainCommand(line).words != nil) == (extra <= 0))
    }

    // MARK: The allowlist

    static func program(_ name: String, _ path: String, real: String? = nil) -> ExecAllowlist.Program {
        ExecAllowlist.Program(name: name, path: path, realPath: real ?? path)
    }

    static func list(_ entries: ExecRules.Entry...) -> ExecAllowlist {
        ExecAllowlist(entries: entries, safeBins: Set(SafeBin.standard), home: "/home/me", workspace: "/home/me/work")
    }

    @Test func patternsNameProgramsByTheirPath() {
        let git = Self.program("git", "/usr/bin/git")
        #expect(Self.list(.init(pattern: "/usr/bin/git")).allows(git, ["git", "status"]))
        #expect(Self.list(.init(pattern: "/usr/*/git")).allows(git, ["git"]))
        #expect(Self.list(.init(pattern: "/usr/**")).allows(git, ["git"]))
        #expect(Self.list(.init(pattern: "**/git")).allows(git, ["git"]))
        #expect(!Self.list(.init(pattern: "/usr/*")).allows(git, ["git"]))
        #expect(!Self.list(.init(pattern: "/usr/bin/gi")).allows(git, ["git"]))
        #expect(!Self.list(.init(pattern: "/usr/bin/GIT")).allows(git, ["git"]))
        #expect(Self.list(.init(pattern: "~/bin/**/rg")).allows(Self.program("x", "/home/me/bin/a/b/rg"), ["x"]))
    }

    @Test func aBareNameHoldsForWhatPathFinds() {
        let list = Self.list(.init(pattern: "git"))
        #expect(list.allows(Self.program("git", "/usr/bin/git"), ["git"]))
        #expect(!list.allows(Self.program("/tmp/git", "/tmp/git"), ["/tmp/git"]))
        #expect(!list.allows(Self.program("./git", "/x/git"), ["./git"]))
    }

    @Test func aWrapperNeverMatchesByWhatItWraps() {
        let list = Self.list(.init(pattern: "git"), .init(pattern: "/usr/bin/git"), .init(pattern: "**/git"))
        for line in [
            "env git status", "env -i git", "bash -c 'git status'", "sh -c git", "ssh host git", "sudo git status",
            "nice git",
            "nohup git", "timeout 5 git", "xargs git", "busybox git", "command git", "exec git", "time git",
            "stdbuf -o0 git",
        ] {
            let words = PlainCommand(line).words ?? []
            #expect(!list.allows(Self.program(words[0], "/usr/bin/" + words[0]), words), "\(line)")
        }
    }

    @Test func whatLiesInTheWorkspaceNeverMatches() {
        let list = Self.list(.init(pattern: "git"), .init(pattern: "/**"))
        #expect(!list.allows(Self.program("git", "/home/me/work/bin/git"), ["git"]))
        // A link from elsewhere into it, and out of it.
        #expect(!list.allows(Self.program("git", "/usr/bin/git", real: "/home/me/work/git"), ["git"]))
        #expect(!list.allows(Self.program("x", "/home/me/work/x", real: "/bin/bash"), ["x"]))
        #expect(list.allows(Self.program("x", "/home/me/work-other/x"), ["x"]))
    }

    @Test func argumentsThatWereAllowedAreTheVeryOnes() {
        let words = ["git", "push", "origin"]
        let list = Self.list(.init(pattern: "/usr/bin/git", argPattern: ExecRules.argumentMark(words)))
        let git = Self.program("git", "/usr/bin/git")
        #expect(list.allows(git, words))
        #expect(!list.allows(git, ["git", "push"]) && !list.allows(git, ["git", "push", "origin", "x"]))
        #expect(!list.allows(git, ["git", "push origin"]))
        #expect(!Self.list(.init(pattern: "/usr/bin/git", argPattern: "^push$")).allows(git, words))
    }

    @Test func filtersOfTheSystemReadOnlyWhatTheyAreGiven() {
        let list = Self.list()
        func allows(_ line: String, at directory: String = "/usr/bin/") -> Bool {
            let words = PlainCommand(line).words ?? []
            return list.allows(Self.program(words[0], directory + words[0]), words)
        }
        for line in [
            "wc", "wc -l", "head -n 5", "head -n5", "tail -c 10", "cut -d , -f 1,3-5", "cut -d, -f2", "tr a-z A-Z",
            "tr -d x", "uniq -c",
        ] {
            #expect(allows(line), "\(line)")
        }
        for line in [
            "wc file", "wc -l /etc/passwd", "head /etc/passwd", "head -n 5 x", "wc --files0-from=x",
            "wc --files0-from x", "uniq in out",
            "tail -f x", "tail -F", "cut -f1 ../x", "tr a b c", "sort -o x", "grep -e x", "head -n",
            "cut --output-delimiter=x",
        ] {
            #expect(!allows(line), "\(line)")
        }
        #expect(!allows("wc -l", at: "/usr/local/bin/") && !allows("wc -l", at: "/home/me/bin/"))
    }

    // MARK: The file and the decision

    @Test func theRulesOfTheFileAreReadStrictly() {
        let file: JSON = [
            "version": 1, "defaults": ["security": "full", "ask": "off", "askFallback": "full"],
            "agents": [
                "main": [
                    "security": "allowlist",
                    "allowlist": [
                        ["pattern": "a"], ["pattern": ""], ["pattern": "b", "argPattern": 5],
                        ["pattern": "d", "argPattern": .null],
                    ],
                ],
                "*": ["ask": "always", "allowlist": [["pattern": "c"]]],
                "odd": ["security": "all", "ask": "sometimes", "askFallback": "yes"],
            ],
        ]
        let main = ExecRules(file: file, agentID: "main")
        #expect(main.security == .allowlist && main.ask == .always && main.askFallback == .full)
        #expect(
            main.allowlist == [
                .init(pattern: "a"), .init(pattern: "b", argPattern: ""), .init(pattern: "d"), .init(pattern: "c"),
            ])
        let odd = ExecRules(file: file, agentID: "odd")
        #expect(odd.security == .deny && odd.ask == .always && odd.askFallback == .deny)
        #expect(ExecRules(file: ["version": 1], agentID: "main") == ExecRules())
    }

    @Test func theStricterOfAllHolds() {
        func policy(
            _ security: ExecSecurity, _ ask: ExecAsk, _ rules: ExecRules, _ session: String? = nil,
            _ sessionAsk: String? = nil
        ) -> ExecPolicy {
            ExecPolicy(security: security, ask: ask, rules: rules, sessionSecurity: session, sessionAsk: sessionAsk)
        }
        #expect(policy(.full, .off, ExecRules(security: .allowlist, ask: .always)).security == .allowlist)
        #expect(policy(.full, .off, ExecRules(security: .allowlist, ask: .always)).ask == .always)
        #expect(policy(.allowlist, .onMiss, ExecRules(security: .full, ask: .off)).security == .allowlist)
        #expect(policy(.allowlist, .onMiss, ExecRules(security: .full, ask: .off)).ask == .onMiss)
        #expect(policy(.full, .off, ExecRules(), "deny").security == .deny)
        #expect(policy(.full, .off, ExecRules(), "nonsense").security == .deny)
        #expect(policy(.allowlist, .onMiss, ExecRules(), "full", "off").security == .allowlist)
        #expect(policy(.full, .off, ExecRules(), nil, "nonsense").ask == .always)
    }

    @Test func everyCombinationHasItsVerdict() {
        // security, ask, whether it is on the list, and what becomes of it: run, ask or refuse.
        let table: [(ExecSecurity, ExecAsk, Bool, String)] = [
            (.deny, .off, true, "refuse"), (.deny, .onMiss, false, "refuse"), (.deny, .always, true, "refuse"),
            (.allowlist, .off, true, "run"), (.allowlist, .off, false, "refuse"), (.allowlist, .onMiss, true, "run"),
            (.allowlist, .onMiss, false, "ask"), (.allowlist, .always, true, "ask"),
            (.allowlist, .always, false, "ask"),
            (.full, .off, false, "run"), (.full, .onMiss, false, "run"), (.full, .always, false, "ask"),
            (.full, .always, true, "ask"),
        ]
        for (security, ask, isAllowed, wanted) in table {
            let policy = ExecPolicy(
                security: security, ask: ask, rules: ExecRules(), sessionSecurity: nil, sessionAsk: nil)
            let found =
                switch policy.verdict(isAllowed: isAllowed) {
                case .run: "run"
                case .ask: "ask"
                case .refuse: "refuse"
                }
            #expect(found == wanted, "\(security) \(ask) \(isAllowed)")
        }
    }

    @Test func silenceIsWhatTheRulesSay() {
        func verdict(_ fallback: ExecSecurity, _ isAllowed: Bool) -> Bool {
            let rules = ExecRules(askFallback: fallback)
            let policy = ExecPolicy(
                security: .allowlist, ask: .always, rules: rules, sessionSecurity: nil, sessionAsk: nil)
            return policy.verdict(.nobody, isAllowed: isAllowed) == .run
        }
        #expect(!verdict(.deny, true) && !verdict(.deny, false))
        #expect(verdict(.allowlist, true) && !verdict(.allowlist, false))
        #expect(verdict(.full, false))
    }

    // MARK: The environment

    @Test func secretsDoNotReachCommands() {
        let own = [
            "PATH": "/usr/bin", "HOME": "/home/me", "LANG": "C", "OPENCLAW_GATEWAY_TOKEN": "a",
            "OPENCLAW_STATE_DIR": "/s",
            "ANTHROPIC_API_KEY": "b", "TELEGRAM_BOT_TOKEN": "c", "AWS_SECRET_ACCESS_KEY": "d", "DB_PASSWORD": "e",
            "GH_PAT": "f",
            "HARMLESS": "a-known-secret", "DATABASE_URL": "postgres://u:p@h/d", "SSH_AUTH_SOCK": "/tmp/s",
            "KEYBOARD": "de", "MONKEY": "x",
            "apikey": "g", "MYTOKEN": "h",
        ]
        let environment = ExecEnvironment(own: own, given: []) { $0 == "a-known-secret" }
        #expect(
            environment.variables.keys.sorted() == ["HOME", "KEYBOARD", "LANG", "MONKEY", "OPENCLAW_SHELL", "PATH"])
    }

    @Test func variablesThatSteerCodeAreLeftOut() {
        let bad = [
            "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "BASH_ENV", "ENV", "PATH", "IFS",
            "PYTHONPATH",
            "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "PAGER", "EDITOR",
            "BASH_FUNC_x%%",
            "JAVA_TOOL_OPTIONS", "PROMPT_COMMAND", "PS4", "ld_preload", "OPENCLAW_SHELL", "OPENCLAW_X", "HOME",
            "HTTPS_PROXY", "LESSOPEN",
            "A=B", "", "1A", "a b", "GCONV_PATH", "_JAVA_OPTIONS", "npm_config_prefix",
        ]
        let environment = ExecEnvironment(
            own: [:], given: bad.map { ($0, "x") } + [("GREETING", "hello"), ("n2", "v")]
        ) { _ in false }
        #expect(environment.dropped == bad)
        #expect(environment.variables == ["GREETING": "hello", "n2": "v", "OPENCLAW_SHELL": "exec"])
    }
}
