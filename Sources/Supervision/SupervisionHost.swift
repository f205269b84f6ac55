package import Platform

/// What a service manager's backend uses of the host; tests put something else in its place.
package struct SupervisionHost: Sendable {
    package let environment: Environment
    package let runner: any ProcessRunner
    package let userHome: String
    package let userName: String?
    package let userID: UInt32
    /// Put before the paths of the system.
    package let root: String

    package init(
        environment: Environment, runner: any ProcessRunner, userHome: String, userName: String?, userID: UInt32,
        root: String = ""
    ) {
        self.environment = environment
        self.runner = runner
        self.userHome = userHome
        self.userName = userName
        self.userID = userID
        self.root = root
    }

    var isRoot: Bool { userID == 0 }

    /// sd_booted(3).
    var hasSystemd: Bool { FileReading.exists(root + "/run/systemd/system") }

    /// What systemctl needs to reach the user's manager, and none of our secrets. Where the session did not say where
    /// its sockets are (su, cron), the place that logind gives every user is taken.
    var managerEnvironment: [String: String] {
        var all = ["LC_ALL": "C"]
        for name in ["PATH", "HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"] { all[name] = environment[name] }
        let usual = "/run/user/\(userID)"
        if all["XDG_RUNTIME_DIR"] == nil, FileReading.exists(root + usual) { all["XDG_RUNTIME_DIR"] = usual }
        return all
    }
}
