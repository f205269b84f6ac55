package import Wire

/// Where a provider is reached, and with what key.
package struct ModelEndpoint: Sendable {
    /// How the key is shown.
    package enum Authentication: Equatable, Sendable {
        case none
        case bearer
        case header(String)
    }

    /// The provider's id, which errors name.
    package let provider: String
    package let base: WebURL
    package let authentication: Authentication
    package let key: String?
    /// From the configuration; one of them may be a credential as well, and it takes the place of ours.
    package let fields: HTTPFields

    /// The key must be fit to stand in a header.
    package init(
        provider: String, base: WebURL, authentication: Authentication, key: String?, fields: HTTPFields = HTTPFields()
    ) {
        self.provider = provider
        self.base = base
        self.authentication = authentication
        self.key = key
        self.fields = fields
    }

    func url(_ path: String, query: KeyValuePairs<String, String> = [:]) throws(ModelError) -> WebURL {
        do throws(WebURLError) {
            return try base.appending(path: path).appending(query: query)
        } catch {
            throw ModelError(.badRequest, provider: provider, detail: error.description)
        }
    }

    /// All fields of a request that carries JSON. Those of the configuration come last, so they count.
    func fields(adding own: HTTPFields) -> HTTPFields {
        var all = HTTPFields(["Content-Type": "application/json"])
        own.forEach { all.set($0, $1) }
        if let key {
            switch authentication {
            case .none: break
            case .bearer: all.set("Authorization", "Bearer \(key)")
            case .header(let name): all.set(name, key)
            }
        }
        fields.forEach { all.set($0, $1) }
        return all
    }

    /// All that must never be shown: the key, and every value that the configuration sends along.
    var secrets: [String] {
        var all = key.map { [$0] } ?? []
        fields.forEach { all.append($1) }
        return all
    }
}
