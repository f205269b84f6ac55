package import Platform
package import Settings

/// The questions that set a gateway up, one after another, and the settings that the answers make. It writes nothing.
package struct SetupWizard {
    package enum Step: String, Sendable {
        case welcome, mode, url, workspace, write
    }

    package enum Problem: Error, Equatable {
        case wrongStep(expected: String)
        case answer(String)
    }

    package private(set) var step: Step? = .welcome
    private let configPath: String
    private var mode: String?
    private var url: String?
    private var workspace: String?
    private let usualWorkspace: String
    package private(set) var isConfirmed = false

    /// `mode` and `workspace` are not asked for when they are given.
    package init(configPath: String, usualWorkspace: String, mode: String?, workspace: String?) {
        self.configPath = configPath
        self.usualWorkspace = usualWorkspace
        self.mode = mode
        self.workspace = workspace
    }

    package mutating func answer(_ value: JSON?, to id: String) throws(Problem) {
        guard let step else { return }
        guard id == step.rawValue else { throw .wrongStep(expected: step.rawValue) }
        switch step {
        case .welcome: break
        case .mode:
            guard let word = value?.string, ["local", "remote"].contains(word) else {
                throw .answer("the answer must be local or remote")
            }
            mode = word
        case .url:
            guard let text = value?.string, text.hasPrefix("ws://") || text.hasPrefix("wss://") else {
                throw .answer("the answer must be an address that begins with ws:// or wss://")
            }
            url = text
        case .workspace:
            guard let text = value?.string ?? (value == nil ? usualWorkspace : nil),
                text.hasPrefix("/") || text.hasPrefix("~")
            else { throw .answer("the answer must be a path that begins with / or ~") }
            workspace = text
        case .write:
            guard let isWanted = value?.bool else { throw .answer("the answer must be true or false") }
            isConfirmed = isWanted
        }
        self.step = next(after: step)
    }

    private func next(after step: Step) -> Step? {
        switch step {
        case .welcome where mode == nil: .mode
        case .welcome, .mode: mode == "remote" ? .url : workspace == nil ? .workspace : .write
        case .url, .workspace: .write
        case .write: nil
        }
    }

    package var edits: [ConfigEdit] {
        var edits: [ConfigEdit] = []
        if let mode { edits.append(.set(JSONPointer(["gateway", "mode"]), .string(mode))) }
        if let url { edits.append(.set(JSONPointer(["gateway", "remote", "url"]), .string(url))) }
        if let workspace, mode != "remote" {
            edits.append(.set(JSONPointer(["agents", "defaults", "workspace"]), .string(workspace)))
        }
        return edits
    }

    /// The present question as clients read it.
    package var json: JSON? {
        guard let step else { return nil }
        var json: JSON = ["id": .string(step.rawValue), "executor": "client"]
        switch step {
        case .welcome:
            json["type"] = "note"
            json["title"] = "Set up this gateway"
            json["message"] = .string("The answers are written to \(configPath), and to nothing else.")
        case .mode:
            json["type"] = "select"
            json["message"] = "Where does the gateway run?"
            json["options"] = [
                ["value": "local", "label": "On this machine"],
                ["value": "remote", "label": "On another machine", "hint": "this one only speaks to it"],
            ]
            json["initialValue"] = "local"
        case .url:
            json["type"] = "text"
            json["message"] = "Address of the gateway"
            json["placeholder"] = "wss://gateway.example.com"
        case .workspace:
            json["type"] = "text"
            json["message"] = "Where do agents work?"
            json["initialValue"] = .string(usualWorkspace)
        case .write:
            json["type"] = "confirm"
            json["message"] = .string("Write \(edits.map(\.line).joined(separator: ", ")) to \(configPath)?")
            json["initialValue"] = true
        }
        return json
    }
}

extension ConfigEdit {
    /// `gateway.mode = "local"`.
    fileprivate var line: String {
        switch self {
        case .set(let pointer, let value): "\(pointer.tokens.joined(separator: ".")) = \(value)"
        case .remove(let pointer): "no \(pointer.tokens.joined(separator: "."))"
        }
    }
}
