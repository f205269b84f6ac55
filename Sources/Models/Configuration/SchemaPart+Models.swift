import Platform
package import Settings

extension SchemaPart {
    /// `models` and `auth`: providers, their models, their keys.
    package static let models = SchemaPart([
        .hot(
            "models.providers.*.baseUrl", .text(.webURL),
            "the address of the API, such as `https://host/v1`; known providers need none"),
        .hot(
            "models.providers.*.apiKey", .secret,
            "the key, or the name of the variable that has it; else `<PROVIDER>_API_KEY` and its relatives"),
        .hot(
            "models.providers.*.api", .string,
            "the protocol: \(ModelAPI.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")); with a `baseUrl`, "
                + "`openai-completions` unless said"),
        .hot(
            "models.providers.*.auth", .oneOf(["api-key", "token", "oauth", "aws-sdk"]), default: "api-key",
            "what the key is; a token is sent in `Authorization`"),
        .hot("models.providers.*.authHeader", .boolean, default: false, "send the key in `Authorization` in any case"),
        .hot("models.providers.*.headers.*", .secret, "a header that goes along with every request"),
        .hot("models.providers.*.maxTokens", .positive, unit: "tokens", "of an answer, for models that say nothing"),
        .hot("models.providers.*.timeoutSeconds", .positive, default: 600, unit: "s", "for a whole answer"),
        .hot("models.providers.*.models[].id", .text(.notEmpty), "the model as the provider calls it"),
        .hot("models.providers.*.models[].name", .string, "the model as people call it"),
        .hot("models.providers.*.models[].reasoning", .boolean, "whether it can be told how much to think"),
        .hot("models.providers.*.models[].input", .list(.string), "`text`, and `image` if it takes pictures"),
        .hot("models.providers.*.models[].contextWindow", .positive, unit: "tokens", "prompt and answer together"),
        .hot("models.providers.*.models[].contextTokens", .positive, unit: "tokens", "of a prompt, if less is wanted"),
        .hot("models.providers.*.models[].maxTokens", .positive, unit: "tokens", "of one answer"),
        .hot("models.providers.*.models[].cost.input", price, unit: "USD", "a million tokens"),
        .hot("models.providers.*.models[].cost.output", price, unit: "USD", "a million tokens"),
        .hot("models.providers.*.models[].cost.cacheRead", price, unit: "USD", "a million tokens; else as input"),
        .hot("models.providers.*.models[].cost.cacheWrite", price, unit: "USD", "a million tokens; else as input"),
        .foreign("models.providers.*.models[].cost.*", "other prices of a model"),
        .foreign("models.providers.*.models[].*", "a setting of a model that is not used here"),
        .foreign("models.providers.*.request", "other transport for a provider's requests"),
        .foreign("models.providers.*.localService", "a model server that is started on demand"),
        .foreign("models.providers.*.*", "a setting of a provider that is not used here"),
        .noted("models.mode", "whether known models are shown beside those of the file; here they are"),
        .foreign("models.catalogRefresh", "a catalog that is fetched"),
        .foreign("models.*", "a setting of models that is not used here"),
        .hot("auth.profiles.*.provider", .text(.notEmpty), "whose credential it is"),
        .hot("auth.profiles.*.mode", .oneOf(["api_key", "token", "oauth", "aws-sdk"]), "what kind it is"),
        .hot("auth.profiles.*.key", .secret, "the credential, where it is not kept elsewhere"),
        .foreign("auth.profiles.*.*", "a note about a credential"),
        .hot("auth.order.*", .list(.string), "a provider's profiles in the order in which they are tried"),
        .foreign("auth.cooldowns", "how long what failed is left alone"),
    ])

    private static let price = SettingType.number(0...1_000_000)
}
