import Platform
import Wire

/// Makes events of a vendor's stream. One per answer.
protocol AnswerDecoder: Sendable {
    /// Appends what `event` says to `output`. What it does not know it leaves out: vendors add kinds of events at will.
    mutating func decode(_ event: SSEEvent, _ output: inout [ModelEvent]) throws(VendorFault)
    /// The stream is over. Appends what was held back, or says that the answer is not complete.
    mutating func end(_ output: inout [ModelEvent]) throws(VendorFault)
    /// Whether nothing of use can follow.
    var isComplete: Bool { get }
}

/// Tells what a vendor's error means.
protocol FaultReader: Sendable {
    /// `body` is nil when it is no JSON.
    func fault(status: Int, body: JSON?) -> VendorFault
}

extension SSEEvent {
    /// The event's data as JSON.
    func json() throws(VendorFault) -> JSON {
        do throws(JSONError) {
            return try JSONParser.parse(data)
        } catch {
            throw .broken("an event is not JSON: \(error.position)")
        }
    }
}

extension [ModelEvent] {
    /// Appends an event with the text, if there is any.
    mutating func append(_ text: String?, as event: (String) -> ModelEvent) {
        if let text, !text.isEmpty { append(event(text)) }
    }
}
