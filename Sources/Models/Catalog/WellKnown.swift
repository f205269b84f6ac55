import Wire

/// Providers and models that need no description in the configuration. All of it is data; prices are US dollars for a
/// million tokens as the vendors' pages gave them in autumn 2026, and the configuration can override each.
package enum WellKnown {
    package struct Provider: Sendable {
        package let id: String
        let base: String
        let api: ModelAPI
        /// Beginnings of the variables that hold keys: `X` stands for `X_API_KEY` and its relatives.
        package let variables: [String]
        /// Whether it answers without a key.
        package var needsKey = true
    }

    package static let providers: [Provider] = [
        Provider(
            id: "anthropic", base: "https://api.anthropic.com", api: .anthropicMessages, variables: ["ANTHROPIC"]),
        Provider(id: "openai", base: "https://api.openai.com/v1", api: .openAIResponses, variables: ["OPENAI"]),
        Provider(
            id: "google", base: "https://generativelanguage.googleapis.com/v1beta", api: .googleGenerativeAI,
            variables: ["GEMINI", "GOOGLE"]),
        chat("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER"),
        chat("groq", "https://api.groq.com/openai/v1", "GROQ"),
        chat("mistral", "https://api.mistral.ai/v1", "MISTRAL"),
        chat("deepseek", "https://api.deepseek.com", "DEEPSEEK"),
        chat("xai", "https://api.x.ai/v1", "XAI"),
        chat("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT"),
        chat("zai", "https://api.z.ai/api/paas/v4", "ZAI"),
        chat("together", "https://api.together.xyz/v1", "TOGETHER"),
        chat("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS"),
        chat("nvidia", "https://integrate.api.nvidia.com/v1", "NVIDIA"),
        chat("vercel-ai-gateway", "https://ai-gateway.vercel.sh/v1", "AI_GATEWAY"),
        chat("ollama", "http://127.0.0.1:11434/v1", "OLLAMA", needsKey: false),
        chat("lmstudio", "http://127.0.0.1:1234/v1", "LMSTUDIO", needsKey: false),
        chat("vllm", "http://127.0.0.1:8000/v1", "VLLM", needsKey: false),
        chat("llamacpp", "http://127.0.0.1:8080/v1", "LLAMACPP", needsKey: false),
    ]

    static let models: [ModelFacts] = [
        model("anthropic/claude-fable-5-1", "Claude Fable 5.1", 1_000_000, 128_000, .always, [10, 50, 0.25, 12.5]),
        model("anthropic/claude-opus-5-5", "Claude Opus 5.5", 1_000_000, 128_000, .always, [4, 20, 0.2, 5]),
        model("anthropic/claude-opus-5", "Claude Opus 5", 1_000_000, 128_000, .level, [5, 25, 0.5, 6.25]),
        model("anthropic/claude-opus-4-8", "Claude Opus 4.8", 1_000_000, 64_000, .level, [5, 25, 0.5, 6.25]),
        model("anthropic/claude-sonnet-5-5", "Claude Sonnet 5.5", 1_000_000, 128_000, .level, [2, 10, 0.1, 2.5]),
        model("anthropic/claude-sonnet-5", "Claude Sonnet 5", 1_000_000, 128_000, .level, [2, 10, 0.2, 2.5]),
        model(
            "anthropic/claude-haiku-5-5", "Claude Haiku 5.5", 1_000_000, 128_000, .level, [0.1, 0.5, 0.01, 0.125],
            above: 100_000, [0.5, 2.5, 0.05, 0.625]),
        model("anthropic/claude-haiku-4-5", "Claude Haiku 4.5", 200_000, 64_000, .budget, [1, 5, 0.1, 1.25]),
        model("openai/gpt-6.1-sol", "GPT-6.1 Sol", nil, nil, .level, [2, 10, 0.1]),
        model("openai/gpt-5.6-sol", "GPT-5.6 Sol", 1_050_000, 128_000, .level, [4, 20]),
        model("openai/gpt-5.6-terra", "GPT-5.6 Terra", 1_050_000, 128_000, .level, [2, 12, 0.2, 2.5]),
        model("openai/gpt-5.6-luna", "GPT-5.6 Luna", 1_050_000, 128_000, .level, [0.2, 1.2, 0.02, 0.25]),
        model(
            "openai/gpt-5.5", "GPT-5.5", 1_050_000, 128_000, .level, [5, 30, 0.5], above: 272_000, [10, 45, 1]),
        model(
            "openai/gpt-5.4", "GPT-5.4", 1_050_000, 128_000, .level, [2.5, 15, 0.25], above: 272_000, [5, 22.5, 0.5]),
        model("openai/gpt-5.4-mini", "GPT-5.4 mini", 400_000, 128_000, .level, [0.75, 4.5, 0.075]),
        model("openai/gpt-5.4-nano", "GPT-5.4 nano", 400_000, 128_000, .level, [0.2, 1.25, 0.02]),
        model("openai/gpt-4.1", "GPT-4.1", 1_047_576, 32_768, .none, [2, 8, 0.5]),
        model("openai/gpt-4.1-mini", "GPT-4.1 mini", 1_047_576, 32_768, .none, [0.4, 1.6, 0.1]),
        model(
            "google/gemini-3.1-pro-preview", "Gemini 3.1 Pro", 1_048_576, 65_536, .level, [2, 12, 0.2],
            above: 200_000, [4, 18, 0.4]),
        model("google/gemini-3.6-flash", "Gemini 3.6 Flash", 1_048_576, 65_536, .level, [1.5, 7.5, 0.15]),
        model("google/gemini-3.5-flash", "Gemini 3.5 Flash", 1_048_576, 65_536, .level, [1.5, 9, 0.15]),
        model("google/gemini-3.5-flash-lite", "Gemini 3.5 Flash-Lite", 1_048_576, 65_536, .level, [0.3, 2.5, 0.03]),
        model(
            "google/gemini-2.5-pro", "Gemini 2.5 Pro", 1_048_576, 65_536, .budget, [1.25, 10, 0.125],
            above: 200_000, [2.5, 15, 0.25]),
        model("google/gemini-2.5-flash", "Gemini 2.5 Flash", 1_048_576, 65_536, .budget, [0.3, 2.5, 0.03]),
    ]

    /// Short names of models. The configuration's own come first.
    static let aliases: [String: String] = [
        "opus": "anthropic/claude-opus-5-5", "sonnet": "anthropic/claude-sonnet-5-5",
        "haiku": "anthropic/claude-haiku-5-5", "gpt": "openai/gpt-5.4", "gpt-mini": "openai/gpt-5.4-mini",
        "gpt-nano": "openai/gpt-5.4-nano", "gemini": "google/gemini-3.1-pro-preview",
        "gemini-flash": "google/gemini-3.6-flash", "gemini-flash-lite": "google/gemini-3.5-flash-lite",
    ]

    private static func chat(_ id: String, _ base: String, _ variable: String, needsKey: Bool = true) -> Provider {
        Provider(id: id, base: base, api: .openAICompletions, variables: [variable], needsKey: needsKey)
    }

    /// `prices`: input, output, and perhaps cache read and cache write.
    private static func model(
        _ reference: String, _ name: String, _ window: Int?, _ output: Int?, _ thinking: ThinkingStyle,
        _ prices: [Double], above: Int? = nil, _ long: [Double] = []
    ) -> ModelFacts {
        let slash = reference.firstIndex(of: "/")!
        let key = ModelReference(
            provider: String(reference[..<slash]), model: String(reference[reference.index(after: slash)...]))
        return ModelFacts(
            key, name: name, contextWindow: window,
            traits: ModelTraits(thinking: thinking, acceptsImages: true, outputLimit: output),
            prices: ModelPrices(price(prices), long: above.map { ModelPrices.Long(above: $0, price: price(long)) }))
    }

    private static func price(_ numbers: [Double]) -> ModelPrice {
        ModelPrice(
            input: numbers[0], output: numbers[1], cacheRead: numbers.count > 2 ? numbers[2] : nil,
            cacheWrite: numbers.count > 3 ? numbers[3] : nil)
    }
}
