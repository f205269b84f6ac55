import Platform
import Wire

extension ModelError {
    /// What went wrong on the way. `isBegun`: the response had begun.
    init(_ error: HTTPClientError, provider: String, isBegun: Bool) {
        let kind: Kind =
            switch error {
            case .timedOut(let phase, _, _):
                switch phase {
                // We ask for too much ourselves.
                case .waiting: .overloaded
                case .connecting, .sending: .unreachable
                case .firstByte, .head: .timeout
                case .body: .stall
                case .total: isBegun ? .stall : .timeout
                }
            case .notConnected, .redirect: .unreachable
            case .connectionLost: isBegun ? .cutStream : .unreachable
            case .malformedResponse, .tooLarge, .notUpgraded: .brokenAnswer
            case .invalidRequest, .requestBody: .badRequest
            case .cancelled, .closed: .cancelled
            }
        self.init(kind, provider: provider, detail: kind == .cancelled ? "" : error.description)
    }
}
