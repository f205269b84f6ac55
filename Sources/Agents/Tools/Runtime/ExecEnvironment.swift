import Platform

/// The variables that a command gets: ours without what is secret, and the model's without what would change which
/// code runs.
struct ExecEnvironment: Sendable {
    let variables: [String: String]
    /// Names that the model gave and that were left out.
    let dropped: [String]

    /// `isSecret` knows the values of all secrets. Those of `skills` are let through: their owner set them for this.
    init(
        own: [String: String], skills: [(String, String)] = [], given: [(String, String)], isSecret: (String) -> Bool
    ) {
        var variables = own.filter { name, value in !Self.isSecretName(name) && !isSecret(value) }
        var dropped: [String] = []
        for (name, value) in skills where Self.isTakeable(name, value) { variables[name] = value }
        for (name, value) in given {
            if Self.isTakeable(name, value) {
                variables[name] = value
            } else {
                dropped.append(name)
            }
        }
        // So that a start-up file can tell.
        variables["OPENCLAW_SHELL"] = "exec"
        self.variables = variables
        self.dropped = dropped
    }

    private static func isTakeable(_ name: String, _ value: String) -> Bool {
        isPlainName(name) && !steersCode(name) && !isOurs(name) && !value.utf8.contains(0)
    }

    static func isOurs(_ name: String) -> Bool { name.uppercased().hasPrefix("OPENCLAW_") }

    /// By its name alone.
    static func isSecretName(_ name: String) -> Bool {
        let name = name.uppercased()
        if isOurs(name) || secretNames.contains(name) { return true }
        let words = name.split(separator: "_")
        return words.contains { secretWords.contains(String($0)) }
            || secretEndings.contains { name.hasSuffix($0) }
    }

    private static let secretWords: Set<String> = [
        "TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS",
        "APIKEY",
        "KEY", "KEYS", "PAT", "AUTH", "COOKIE", "DSN", "PASS",
    ]
    private static let secretEndings = ["TOKEN", "SECRET", "PASSWORD", "APIKEY"]
    /// Where addresses with passwords in them, or ways to them, are customary.
    private static let secretNames: Set<String> = [
        "DATABASE_URL", "REDIS_URL", "MONGODB_URI", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_AGENT_INFO",
        "CREDENTIALS_DIRECTORY", "DBUS_SESSION_BUS_ADDRESS",
    ]

    /// Variables that make a program load or run something else than it says.
    static func steersCode(_ name: String) -> Bool {
        let name = name.uppercased()
        return steeringNames.contains(name) || steeringPrefixes.contains { name.hasPrefix($0) }
    }

    private static let steeringPrefixes = [
        "LD_", "DYLD_", "BASH_FUNC_", "GIT_", "NPM_CONFIG_", "CARGO_", "RUSTC_", "PIP_", "LESS", "DOTNET_", "COMPLUS_",
        "CORECLR_", "OPENSSL_", "_JAVA",
    ]
    private static let steeringNames: Set<String> = [
        "PATH", "NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE", "BASH_ENV", "ENV", "IFS", "SHELL",
        "SHELLOPTS",
        "BASHOPTS", "PS4", "PROMPT_COMMAND", "CDPATH", "FPATH", "ZDOTDIR", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME",
        "PYTHONBREAKPOINT", "PYTHONUSERBASE", "PYTHONINSPECT", "PERL5OPT", "PERL5LIB", "PERLLIB", "PERL5DB", "RUBYOPT",
        "RUBYLIB", "GEM_PATH", "GEM_HOME", "BUNDLE_GEMFILE", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH",
        "LUA_INIT", "LUA_PATH", "LUA_CPATH", "PHPRC", "PHP_INI_SCAN_DIR", "R_PROFILE", "R_ENVIRON", "MAKEFLAGS",
        "MAKEFILES", "GNUMAKEFLAGS", "CC", "CXX", "GOFLAGS", "GCONV_PATH", "LOCPATH", "NLSPATH", "TERMINFO",
        "HOSTALIASES",
        "RES_OPTIONS", "PAGER", "MANPAGER", "EDITOR", "VISUAL", "BROWSER", "SSH_ASKPASS", "SUDO_ASKPASS", "HOME",
        "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE", "CURL_HOME", "CURL_CA_BUNDLE", "WGETRC", "TAR_OPTIONS", "RSYNC_RSH", "GREP_OPTIONS",
        "AWKPATH", "AWKLIBPATH", "MALLOC_CONF", "GTK_MODULES", "QT_PLUGIN_PATH", "EXINIT", "VIMINIT", "MYVIMRC",
    ]

    private static func isPlainName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
