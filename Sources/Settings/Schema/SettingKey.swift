package import Platform

/// One setting as data: everything that is known of it stands here and nowhere else.
package struct SettingKey: Sendable {
    /// What a change of it takes.
    package enum Reload: String, Sendable {
        /// The running gateway takes it over.
        case hot
        case restart
        /// Nothing here reads it.
        case none
    }

    /// Whose it is.
    package enum Standing: Sendable {
        case served
        /// OpenClaw has it and this program does not serve it: kept, and a warning says so once.
        case foreign
        /// As `foreign`, without the warning: what tools write for themselves.
        case noted
    }

    package let path: SettingPath
    package let type: SettingType
    package let standing: Standing
    package let reload: Reload
    package let isSensitive: Bool
    /// What holds when it is not given; nil where that is nothing, or depends.
    package let standard: JSON?
    package let unit: String?
    package let doc: String

    init(
        _ path: SettingPath, _ type: SettingType, _ standing: Standing, _ reload: Reload, sensitive: Bool,
        standard: JSON?, unit: String?, _ doc: String
    ) {
        self.path = path
        self.type = type
        self.standing = standing
        self.reload = reload
        isSensitive = sensitive || type == .secret
        self.standard = standard
        self.unit = unit
        self.doc = doc
    }

    /// A setting that the running gateway takes over when it changes.
    package static func hot(
        _ path: SettingPath, _ type: SettingType, default standard: JSON? = nil, unit: String? = nil,
        sensitive: Bool = false, _ doc: String
    ) -> SettingKey {
        SettingKey(path, type, .served, .hot, sensitive: sensitive, standard: standard, unit: unit, doc)
    }

    /// A setting whose change takes a restart.
    package static func restart(
        _ path: SettingPath, _ type: SettingType, default standard: JSON? = nil, unit: String? = nil,
        sensitive: Bool = false, _ doc: String
    ) -> SettingKey {
        SettingKey(path, type, .served, .restart, sensitive: sensitive, standard: standard, unit: unit, doc)
    }

    /// A part of OpenClaw's configuration, with all below it, that is kept and not served.
    package static func foreign(_ path: SettingPath, _ doc: String) -> SettingKey {
        SettingKey(path, .any, .foreign, .none, sensitive: false, standard: nil, unit: nil, doc)
    }

    /// What tools of OpenClaw write for themselves.
    package static func noted(_ path: SettingPath, _ doc: String) -> SettingKey {
        SettingKey(path, .any, .noted, .none, sensitive: false, standard: nil, unit: nil, doc)
    }
}

/// The settings that one target declares.
package struct SchemaPart: Sendable {
    package let keys: [SettingKey]

    package init(_ keys: [SettingKey]) { self.keys = keys }
}
