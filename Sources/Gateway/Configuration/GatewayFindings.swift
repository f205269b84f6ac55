import Platform
import Settings

/// What stands in the way of a start, gathered so that all of it is told at once.
struct GatewayFindings {
    let snapshot: ConfigSnapshot
    let instance: Instance
    private(set) var problems: [ConfigProblem] = []
    private(set) var warnings: [ConfigProblem] = []
    /// The verdict, when it is more than that the file is wrong.
    private(set) var headline: String?
    private var kind = ConfigRefusal.Kind.settings

    init(_ snapshot: ConfigSnapshot, _ instance: Instance) {
        self.snapshot = snapshot
        self.instance = instance
    }

    mutating func refuse(_ setting: String, _ message: String, _ advice: [String] = []) {
        problems.append(snapshot.problem(setting, message, advice: advice, in: instance))
    }

    mutating func refuse(flag: String, _ value: String, _ allowed: [String]) {
        let guess = NearestName.nearest(to: value, among: allowed).map { " (did you mean \"\($0)\"?)" } ?? ""
        problems.append(
            ConfigProblem(
                path: flag,
                "\(JSON.string(value)) is not allowed; one of \(allowed.joined(separator: ", "))\(guess)"))
    }

    /// The first verdict is the one that is read.
    mutating func head(_ text: String, _ kind: ConfigRefusal.Kind) {
        guard headline == nil else { return }
        (headline, self.kind) = (text, kind)
    }

    mutating func warn(_ setting: String, _ message: String) {
        warnings.append(snapshot.problem(setting, message, in: instance))
    }

    func throwIfAny() throws(ConfigRefusal) {
        guard !problems.isEmpty else { return }
        throw ConfigRefusal(
            headline, kind: kind, file: instance.shown(instance.configPath), problems: problems)
    }
}
