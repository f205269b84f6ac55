import Platform
import Wire

/// Reads `models.providers.<id>` and adds what is known of the provider.
struct ProviderReader {
    /// Older files' and other names of APIs that are spoken here under one of ours.
    private static let otherNames: [String: ModelAPI] = [
        "openai": .openAICompletions, "ollama": .openAICompletions, "anthropic": .anthropicMessages,
        "google": .googleGenerativeAI,
    ]

    let id: String
    let json: JSON?
    private(set) var problems: [ModelProblem] = []

    init(_ id: String, _ json: JSON?) {
        self.id = id
        self.json = json
    }

    private var known: WellKnown.Provider? { WellKnown.providers.first { $0.id == id } }
    private var setting: String { "models.providers.\(id)" }

    /// Nil when it cannot be used; the problems say why.
    mutating func read() -> ProviderSettings? {
        guard let api = api(), let base = base(api) else { return nil }
        let vendor = known.flatMap { try? WebURL($0.base) }
        var settings = ProviderSettings(
            id: id, api: api, base: base, isVendors: vendor?.host == base.host && known?.needsKey == true)
        guard readAuthentication(&settings) else { return nil }
        readFields(&settings)
        settings.maxTokens = json?["maxTokens"]?.int
        if let seconds = json?["timeoutSeconds"]?.int, seconds > 0 {
            settings.deadlines.total = .seconds(seconds)
            settings.deadlines.firstByte = min(settings.deadlines.firstByte, .seconds(seconds))
        }
        readModels(&settings)
        return settings
    }

    /// Finds the keys. `environment` gives the value of a variable, `stored` what was kept by `models auth add`.
    func keys(
        _ settings: ProviderSettings, _ auth: JSON?, stored: [KeyProfile], environment: @escaping (String) -> String?
    ) -> [KeyProfile] {
        let prefix = id.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" }
        var search = KeySearch(
            provider: id, variables: known?.variables ?? [String(prefix)], environment: environment)
        search.addOverride()
        var all = stored.filter { $0.id.hasPrefix("\(id):") }
        for member in auth?["profiles"]?.object?.members ?? [] where member.value["provider"]?.string == id {
            let mode = member.value["mode"]?.string ?? ""
            search.addSetting(
                member.value["key"]?.string, id: member.key, from: "auth.profiles.\(member.key)",
                isToken: mode == "token" || mode == "oauth")
        }
        search.addVariables()
        search.addSetting(
            json?["apiKey"]?.string, id: "default", from: "\(setting).apiKey",
            isToken: ["token", "oauth"].contains(json?["auth"]?.string ?? ""))
        all += search.profiles.filter { profile in !all.contains { $0.key == profile.key } }
        if let order = auth?["order"]?[id]?.array?.compactMap(\.string) {
            let ordered = order.compactMap { name in all.first { $0.id == name } }
            if !ordered.isEmpty { all = ordered }
        }
        let needsKey = known.map { $0.needsKey && settings.isVendors } ?? false
        if all.isEmpty, !needsKey { all = [KeyProfile(id: "\(id):none", key: nil, source: "no key")] }
        return all
    }

    // MARK: Parts

    private mutating func api() -> ModelAPI? {
        guard let word = json?["api"]?.string else {
            if let known { return known.api }
            if json?["baseUrl"]?.string != nil { return .openAICompletions }
            problems.append(
                ModelProblem(
                    setting,
                    "no such provider is known here; give it a baseUrl and an api, or use one of "
                        + WellKnown.providers.map(\.id).joined(separator: ", ")))
            return nil
        }
        if let api = ModelAPI(rawValue: word) ?? Self.otherNames[word] { return api }
        problems.append(
            ModelProblem(
                "\(setting).api",
                "\(JSON.string(word)) is not spoken by this program; one of "
                    + ModelAPI.allCases.map(\.rawValue).joined(separator: ", ")))
        return nil
    }

    private mutating func base(_ api: ModelAPI) -> WebURL? {
        guard var text = json?["baseUrl"]?.string ?? known?.base else {
            problems.append(
                ModelProblem("\(setting).baseUrl", "is missing; the address of the API, such as https://host/v1"))
            return nil
        }
        while text.hasSuffix("/") { text.removeLast() }
        do throws(WebURLError) {
            let url = try WebURL(text)
            guard url.scheme == .http || url.scheme == .https else {
                problems.append(ModelProblem("\(setting).baseUrl", "must begin with http:// or https://"))
                return nil
            }
            // Ollama's own address has no path; its OpenAI protocol is below /v1.
            if json?["api"]?.string == "ollama", url.path == "/" || url.path.isEmpty {
                return try url.appending(path: "v1")
            }
            return url
        } catch {
            problems.append(ModelProblem("\(setting).baseUrl", "\(error)"))
            return nil
        }
    }

    private mutating func readAuthentication(_ settings: inout ProviderSettings) -> Bool {
        switch json?["auth"]?.string {
        case nil, "api-key": break
        case "token", "oauth": settings.authentication = .bearer
        case let word?:
            problems.append(
                ModelProblem("\(setting).auth", "\(JSON.string(word)) is not supported; one of api-key, token, oauth"))
            return false
        }
        if json?["authHeader"]?.bool == true { settings.authentication = .bearer }
        return true
    }

    private mutating func readFields(_ settings: inout ProviderSettings) {
        for member in json?["headers"]?.object?.members ?? [] {
            guard let value = member.value.string, HTTPFields.isValid(name: member.key),
                HTTPFields.isValid(value: value)
            else {
                problems.append(ModelProblem("\(setting).headers.\(member.key)", "cannot be sent as a header"))
                continue
            }
            settings.fields.set(member.key, value)
        }
    }

    private mutating func readModels(_ settings: inout ProviderSettings) {
        // At another address a name may mean another model.
        if settings.isVendors { settings.models = WellKnown.models.filter { $0.reference.provider == id } }
        for (index, entry) in (json?["models"]?.array ?? []).enumerated() {
            guard let name = entry["id"]?.string ?? entry.string, !name.isEmpty else {
                problems.append(
                    ModelProblem("\(setting).models[\(index)].id", "is missing; the model as the provider calls it"))
                continue
            }
            var facts = settings.facts(name)
            Self.apply(entry, to: &facts, settings.api)
            settings.models.removeAll { $0.reference == facts.reference }
            settings.models.append(facts)
        }
    }

    private static func apply(_ entry: JSON, to facts: inout ModelFacts, _ api: ModelAPI) {
        if let name = entry["name"]?.string { facts.name = name }
        if let window = entry["contextWindow"]?.int, window > 0 { facts.contextWindow = window }
        if let limit = entry["contextTokens"]?.int, limit > 0 { facts.contextLimit = limit }
        if let limit = entry["maxTokens"]?.int, limit > 0 { facts.traits.outputLimit = limit }
        if let input = entry["input"]?.array { facts.traits.acceptsImages = input.contains { $0.string == "image" } }
        switch entry["reasoning"]?.bool {
        case false?: facts.traits.thinking = .none
        case true? where facts.traits.thinking == .none:
            facts.traits.thinking = api == .anthropicMessages ? .budget : .level
        case true?, nil: break
        }
        if let cost = entry["cost"], cost.object != nil {
            facts.prices = ModelPrices(
                ModelPrice(
                    input: cost["input"]?.double ?? 0, output: cost["output"]?.double ?? 0,
                    cacheRead: cost["cacheRead"]?.double, cacheWrite: cost["cacheWrite"]?.double))
        }
    }
}
