import Platform
import Settings

/// Where the roots of an archive go on this machine, whose home and state directory may be others than they were.
struct BackupTargets: Sendable {
    /// A root and its place.
    struct Target: Sendable {
        let root: BackupManifest.Root
        let path: String
    }

    let targets: [Target]

    init(
        _ manifest: BackupManifest, _ instance: Instance, allowsOutside: Bool
    ) throws(CommandFailure) {
        guard manifest.profile == "\(instance.profile)" else {
            throw CommandFailure(
                .notGood, "other-profile",
                "the archive is of profile \(manifest.profile.shown), not of \(instance.profile)",
                next: ["openclaw --profile \(ShellWord.quoted(manifest.profile)) backup restore <file>"])
        }
        guard manifest.roots.count(where: { $0.kind == .state }) == 1,
            Set(manifest.roots.map(\.name)).count == manifest.roots.count
        else { throw BackupError.archive(.damaged("its manifest names no state directory")).failure("the archive") }
        var targets: [Target] = []
        for root in manifest.roots {
            targets.append(Target(root: root, path: Self.place(of: root, manifest, instance)))
        }
        if let above = targets.first(where: { $0.root.kind != .state && BackupPlan.isAbove($0.path, instance) }) {
            throw BackupError.archive(
                .refused(entry: above.root.name, reason: "it would take the place of the home or state directory")
            ).failure("the archive")
        }
        let outside = targets.filter { !Self.isInside($0.path, instance) }.map(\.path)
        guard allowsOutside || outside.isEmpty else {
            throw CommandFailure(
                .notGood, "outside",
                "the archive would write outside the home and state directories: \(outside.joined(separator: ", ").shown)",
                details: ["add --allow-outside if that is meant"])
        }
        self.targets = targets
    }

    private static func place(
        of root: BackupManifest.Root, _ manifest: BackupManifest, _ instance: Instance
    ) -> String {
        let state = manifest.roots.first { $0.kind == .state }?.path ?? ""
        switch root.kind {
        case .state: return instance.stateDirectory
        case .config: return instance.configPath
        case .include, .workspace:
            let path = root.path
            // The default workspace, and those of agents beside it.
            if root.kind == .workspace, path == manifest.workspace || path.hasPrefix(manifest.workspace + "-") {
                return instance.workspaceDirectory + path.dropFirst(manifest.workspace.utf8.count)
            }
            for (old, new) in [(state, instance.stateDirectory), (manifest.home, instance.homeDirectory)]
            where path.hasPrefix(old + "/") {
                return new + path.dropFirst(old.utf8.count)
            }
            return path
        }
    }

    private static func isInside(_ path: String, _ instance: Instance) -> Bool {
        let places = [instance.homeDirectory, instance.stateDirectory]
        return path == instance.stateDirectory || path == instance.configPath || path == instance.workspaceDirectory
            || path.hasPrefix(instance.workspaceDirectory + "-") || places.contains { path.hasPrefix($0 + "/") }
    }
}
