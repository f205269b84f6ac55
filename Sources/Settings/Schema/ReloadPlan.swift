package import Platform

/// What a change of the configuration takes: which settings differ, and whether the running gateway can take them over.
package struct ReloadPlan: Sendable, Hashable {
    package struct Change: Sendable, Hashable {
        /// As people write it.
        package let path: String
        package let reload: SettingKey.Reload
    }

    /// `gateway.reload.mode`.
    package enum Mode: String, CaseIterable, Sendable {
        case off, hot, restart, hybrid
    }

    /// What is to be done now.
    package enum Action: Sendable, Hashable {
        case nothing
        /// The running gateway takes over what is hot; `left` takes effect at the next start.
        case apply(hot: [String], left: [String])
        case restart(because: [String])
    }

    package let changes: [Change]

    package init(from old: ConfigSnapshot, to new: ConfigSnapshot) {
        self.init(from: old.resolved, to: new.resolved, schema: new.schema)
    }

    package init(from old: JSON, to new: JSON, schema: ConfigSchema) {
        var found: [Change] = []
        Self.compare(old, new, schema.root, JSONPointer()) { pointer, wasThere in
            let key = schema.governingKey(at: pointer)
            let path = pointer.setting(in: wasThere ? old : new)
            found.append(Change(path: path, reload: key?.reload ?? .none))
        }
        changes = found
    }

    package var hot: [String] { changes.filter { $0.reload == .hot }.map(\.path) }
    package var restart: [String] { changes.filter { $0.reload == .restart }.map(\.path) }
    /// Nothing here reads them.
    package var ignored: [String] { changes.filter { $0.reload == .none }.map(\.path) }

    package func action(_ mode: Mode) -> Action {
        let (hot, restart) = (hot, restart)
        if hot.isEmpty && restart.isEmpty { return .nothing }
        switch mode {
        case .off: return .nothing
        case .hot: return .apply(hot: hot, left: restart)
        case .restart: return .restart(because: hot + restart)
        case .hybrid: return restart.isEmpty ? .apply(hot: hot, left: []) : .restart(because: restart)
        }
    }

    /// Calls `found` for each setting that differs, at the depth at which the schema declares it.
    private static func compare(
        _ old: JSON?, _ new: JSON?, _ node: SchemaNode?, _ pointer: JSONPointer, _ found: (JSONPointer, Bool) -> Void
    ) {
        if old == new { return }
        let objects = (
            old?.object ?? (old == nil ? JSONObject() : nil), new?.object ?? (new == nil ? JSONObject() : nil)
        )
        guard let node, !node.isLeaf, node.element.isEmpty, case (let a?, let b?) = objects else {
            found(pointer, old != nil)
            return
        }
        if a.isEmpty && b.isEmpty { return }
        for key in a.keys + b.keys.filter({ a[$0] == nil }) {
            compare(a[key], b[key], node.child(key), pointer.appending(key), found)
        }
    }
}
