/// An answer put together from its events, in the order in which they came.
package struct ModelAnswer: Equatable, Sendable {
    package private(set) var parts: [MessagePart] = []
    package private(set) var usage = ModelUsage()
    /// Nil as long as the answer is not complete.
    package private(set) var finish: FinishReason?
    package private(set) var id: String?
    /// The model as the vendor names it.
    package private(set) var vendorModel: String?
    /// Which of several models answered.
    package private(set) var answeredBy: ModelReference?
    /// Where each call of the answer stands in `parts`.
    private var calls: [Int: Int] = [:]
    /// The last part is a thought that is not complete.
    private var thinks = false

    package init() {}

    package var text: String { parts.compactMap(\.text).joined() }

    package var thinking: String {
        parts.compactMap { if case .thinking(let part) = $0 { part.text } else { nil } }.joined()
    }

    package var toolCalls: [ToolCall] {
        parts.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
    }

    package mutating func add(_ event: ModelEvent) {
        switch event {
        case .answering(let model): answeredBy = model
        case .started(let id, let model): (self.id, vendorModel) = (id ?? self.id, model ?? vendorModel)
        case .text(let text): add(text: text)
        case .thinking(let text): add(thinking: text)
        case .thinkingSeal(let seal): close(with: seal)
        case .toolCallStart(let index, let id, let name):
            thinks = false
            calls[index] = parts.count
            parts.append(.toolCall(ToolCall(id: id, name: name, argumentsText: "")))
        case .toolCallArguments(let index, let text): change(index) { $0.argumentsText += text }
        case .toolCallEnd(let index, let seal): change(index) { $0.seal = seal }
        case .usage(let usage): self.usage = usage
        case .finish(let reason): finish = reason
        }
    }

    private mutating func add(text: String) {
        thinks = false
        if case .text(var whole)? = parts.last {
            // The only reference, so that a long answer is not copied for each of its pieces.
            parts[parts.count - 1] = .text("")
            whole += text
            parts[parts.count - 1] = .text(whole)
        } else {
            parts.append(.text(text))
        }
    }

    private mutating func add(thinking text: String) {
        if thinks, case .thinking(var part)? = parts.last {
            parts[parts.count - 1] = .text("")
            part.text += text
            parts[parts.count - 1] = .thinking(part)
        } else {
            parts.append(.thinking(ThinkingPart(text)))
            thinks = true
        }
    }

    private mutating func close(with seal: Seal) {
        if thinks, case .thinking(var part)? = parts.last {
            part.seal = seal
            parts[parts.count - 1] = .thinking(part)
        } else {
            parts.append(.thinking(ThinkingPart("", seal: seal)))
        }
        thinks = false
    }

    private mutating func change(_ index: Int, _ body: (inout ToolCall) -> Void) {
        guard let place = calls[index], case .toolCall(var call) = parts[place] else { return }
        parts[place] = .text("")
        body(&call)
        parts[place] = .toolCall(call)
    }
}
