import Contract
import Platform

/// Why credentials are not good (protocol.md section 3.3, auth).
struct AuthFailure: Error, Sendable, Hashable {
    enum Reason: String, Sendable {
        case tokenMissing = "token_missing"
        case tokenMismatch = "token_mismatch"
        case tokenNotConfigured = "token_missing_config"
        case passwordMissing = "password_missing"
        case passwordMismatch = "password_mismatch"
        case passwordNotConfigured = "password_missing_config"
        case deviceTokenMismatch = "device_token_mismatch"
        case scopeMismatch = "scope_mismatch"
        case bootstrapTokenInvalid = "bootstrap_token_invalid"
        case proxyUserMissing = "trusted_proxy_user_missing"
        case required = "auth_required"
        case limited = "rate_limited"
        case changed = "auth_changed"
    }

    let reason: Reason
    /// Whether the same device may try again with its own token.
    var canRetryWithDeviceToken = false
    var retryAfter: Duration?

    init(_ reason: Reason) { self.reason = reason }

    static func limited(for time: Duration) -> AuthFailure {
        var failure = AuthFailure(.limited)
        failure.retryAfter = time
        return failure
    }

    /// Names what was shown and is wrong, else what is missing.
    init(_ settings: AccessSettings, _ shown: ConnectParams.Credentials, hasDevice: Bool) {
        if shown.token == nil, shown.password == nil {
            if shown.deviceToken != nil {
                self.init(.deviceTokenMismatch)
                return
            }
            if shown.bootstrapToken != nil {
                self.init(.bootstrapTokenInvalid)
                return
            }
        }
        switch settings.mode {
        case .none: self.init(.required)
        case .trustedProxy: self.init(.proxyUserMissing)
        case .token:
            self.init(
                settings.token == nil ? .tokenNotConfigured : shown.token == nil ? .tokenMissing : .tokenMismatch)
        case .password:
            self.init(
                settings.password == nil
                    ? .passwordNotConfigured : shown.password == nil ? .passwordMissing : .passwordMismatch)
        }
        canRetryWithDeviceToken = reason == .tokenMismatch && hasDevice && shown.deviceToken == nil
    }

    /// The newer generation's `details.code`.
    var code: String {
        switch reason {
        case .tokenMissing: "AUTH_TOKEN_MISSING"
        case .tokenMismatch: "AUTH_TOKEN_MISMATCH"
        case .tokenNotConfigured: "AUTH_TOKEN_NOT_CONFIGURED"
        case .passwordMissing: "AUTH_PASSWORD_MISSING"
        case .passwordMismatch: "AUTH_PASSWORD_MISMATCH"
        case .passwordNotConfigured: "AUTH_PASSWORD_NOT_CONFIGURED"
        case .deviceTokenMismatch: "AUTH_DEVICE_TOKEN_MISMATCH"
        case .scopeMismatch: "AUTH_SCOPE_MISMATCH"
        case .bootstrapTokenInvalid: "AUTH_BOOTSTRAP_TOKEN_INVALID"
        case .proxyUserMissing, .required: "AUTH_REQUIRED"
        case .limited: "AUTH_RATE_LIMITED"
        case .changed: "AUTH_UNAUTHORIZED"
        }
    }

    var recommendedNextStep: String {
        if canRetryWithDeviceToken { return "retry_with_device_token" }
        return switch reason {
        case .tokenMissing, .tokenNotConfigured, .passwordMissing, .passwordNotConfigured: "update_auth_configuration"
        case .tokenMismatch, .passwordMismatch, .deviceTokenMismatch, .bootstrapTokenInvalid, .changed:
            "update_auth_credentials"
        case .limited: "wait_then_retry"
        case .proxyUserMissing, .required, .scopeMismatch: "review_auth_configuration"
        }
    }

    /// Which kind of client is told what to do.
    enum Audience: Sendable { case commandLine, browser, other }

    func message(for audience: Audience) -> String {
        let what =
            switch reason {
            case .tokenMissing: "gateway token missing (\(Self.hint("token", audience)))"
            case .tokenMismatch: "gateway token mismatch (\(Self.hint("token", audience)))"
            case .tokenNotConfigured: "gateway token not configured on gateway (set gateway.auth.token)"
            case .passwordMissing: "gateway password missing (\(Self.hint("password", audience)))"
            case .passwordMismatch: "gateway password mismatch (\(Self.hint("password", audience)))"
            case .passwordNotConfigured: "gateway password not configured on gateway (set gateway.auth.password)"
            case .deviceTokenMismatch: "device token mismatch (rotate or reissue the device token)"
            case .scopeMismatch: "device token scope mismatch (rotate the token with the scopes that are asked)"
            case .bootstrapTokenInvalid: "dashboard code invalid or used (run openclaw dashboard for a new link)"
            case .proxyUserMissing:
                "no user from a trusted proxy (gateway.trustedProxies and gateway.auth.trustedProxy name it and its proof)"
            case .required: "without authentication only this machine itself is served (set gateway.auth.mode)"
            case .limited: "too many failed authentication attempts (retry later)"
            case .changed: "gateway auth changed (connect again)"
            }
        return "unauthorized: " + what
    }

    private static func hint(_ kind: String, _ audience: Audience) -> String {
        switch audience {
        case .commandLine: "set gateway.remote.\(kind) to match gateway.auth.\(kind)"
        case .browser where kind == "token": "open a tokenized dashboard URL or paste token in Control UI settings"
        case .browser: "enter the password in Control UI settings"
        case .other: "provide gateway auth \(kind)"
        }
    }
}

extension ConnectRefusal {
    static func unauthorized(_ failure: AuthFailure, _ client: ConnectParams.Client) -> ConnectRefusal {
        let audience: AuthFailure.Audience =
            switch client.id {
            case "cli", "openclaw-tui": .commandLine
            case "openclaw-control-ui", "webchat", "webchat-ui": .browser
            default: client.mode == "webchat" ? .browser : .other
            }
        var error = RPCError(
            .invalidRequest, failure.message(for: audience),
            details: [
                "code": .string(failure.code), "authReason": .string(failure.reason.rawValue),
                "canRetryWithDeviceToken": .bool(failure.canRetryWithDeviceToken),
                "recommendedNextStep": .string(failure.recommendedNextStep),
            ])
        if let after = failure.retryAfter {
            error.retryAfter = after
            error.isRetryable = true
        }
        return ConnectRefusal(error)
    }
}
