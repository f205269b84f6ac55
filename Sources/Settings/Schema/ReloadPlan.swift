package import Platform

/// What a change of the configuration takes: which settings differ, and whether the running gateway can take them over.
package struct ReloadPlan: Sendable, Hashable {
    package struct Change: Sendable, Hashable {
        /// As people write it.
        package let path: String
        package let place: JSONPointer
        package let reload: SettingKey.Reload
    }

    /// `gateway.reload.mode`.
    package enum Mode: String, CaseIterable, Sendable {
        case off, hot, restart, hybrid
    }

    /// What is to be done now.
    package struct Decision: Sendable, Hashable {
        /// The running gateway takes these over.
        package let taken: [Change]
        /// These wait for the next start.
        package let left: [Change]
        /// Whether that start is to be asked for.
        package let restarts: Bool
    }

    package let changes: [Change]

    package init(from old: ConfigSnapshot, to new: ConfigSnapshot) {
        self.init(from: old.resolved, to: new.resolved, schema: new.schema)
    }

    package init(from old: JSON, to new: JSON, schema: ConfigSchema) {
        var found: [Change] = []
        Self.compare(old, new, schema.root, JSONPointer()) { pointer, node, wasThere in
            // A list is told as a whole, and what its elements hold decides.
            let parts = node.flatMap { $0.isLeaf ? nil : $0.reload }
            let path = pointer.setting(in: wasThere ? old : new)
            found.append(
                Change(path: path, place: pointer, reload: parts ?? schema.governingKey(at: pointer)?.reload ?? .none))
        }
        changes = found
    }

    package var hot: [String] { changes.filter { $0.reload == .hot }.map(\.path) }
    package var restart: [String] { changes.filter { $0.reload == .restart }.map(\.path) }
    /// Nothing here reads them.
    package var ignored: [String] { changes.filter { $0.reload == .none }.map(\.path) }

    /// `isTaken` says of a hot setting whether anything here takes it over. How a change is followed is itself followed
    /// in every mode.
    package func decision(_ mode: Mode, isTaken: (String) -> Bool = { _ in true }) -> Decision {
        let own = changes.filter { $0.path.hasPrefix(Self.ownPrefix) }
        let read = changes.filter { $0.reload != .none && !$0.path.hasPrefix(Self.ownPrefix) }
        switch mode {
        case .off: return Decision(taken: own, left: read, restarts: false)
        case .restart: return Decision(taken: own, left: read, restarts: !read.isEmpty)
        case .hot, .hybrid:
            let left = read.filter { $0.reload == .restart || !isTaken($0.path) }
            let hot = own + read.filter { !left.contains($0) }
            return Decision(taken: hot, left: left, restarts: mode == .hybrid && !left.isEmpty)
        }
    }

    private static let ownPrefix = "gateway.reload"

    /// Calls `found` for each setting that differs, at the depth at which the schema declares it.
    private static func compare(
        _ old: JSON?, _ new: JSON?, _ node: SchemaNode?, _ pointer: JSONPointer,
        _ found: (JSONPointer, SchemaNode?, Bool) -> Void
    ) {
        if old == new { return }
        let objects = (
            old?.object ?? (old == nil ? JSONObject() : nil), new?.object ?? (new == nil ? JSONObject() : nil)
        )
        guard let node, !node.isLeaf, node.element.isEmpty, case (let a?, let b?) = objects else {
            found(pointer, node, old != nil)
            return
        }
        if a.isEmpty && b.isEmpty { return }
        for key in a.keys + b.keys.filter({ a[$0] == nil }) {
            compare(a[key], b[key], node.child(key), pointer.appending(key), found)
        }
    }
}
