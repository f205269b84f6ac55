import Testing

@testable import Models

@Test func aReferenceIsSplitAtItsFirstSlash() {
    #expect(ModelReference("anthropic/claude-opus-5") == ModelReference(provider: "anthropic", model: "claude-opus-5"))
    #expect(ModelReference("OpenRouter/meta/llama")?.description == "openrouter/meta/llama")
    for text in ["", "/", "opus", "/opus", "openai/"] { #expect(ModelReference(text) == nil, "\(text)") }
}
