package import Platform
package import Wire

/// The HTTP client that models are asked through.
@LoopActor
package enum ModelClient {
    /// Answers that may stream from one address at a time. Each holds its connection until its end, so this bounds the
    /// runs that one provider can serve.
    package static let connectionsPerOrigin = 512

    package static func make(
        _ connector: any HTTPConnecting, clock: any Clock = EventLoop.shared, userAgent: String? = nil
    ) -> HTTPClient {
        var limits = HTTPClientLimits()
        limits.pool.perOrigin = connectionsPerOrigin
        return HTTPClient(connector: connector, clock: clock, limits: limits, userAgent: userAgent)
    }
}
