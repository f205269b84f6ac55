import Contract
import Platform

/// What a device's record lacks of what it asks for (protocol.md section 3.3, pairing).
enum PairingLack: String, Sendable {
    case pairing = "not-paired"
    case role = "role-upgrade"
    case scopes = "scope-upgrade"

    fileprivate var words: String {
        switch self {
        case .pairing: "device is not approved yet"
        case .role: "device is asking for a role that is not approved yet"
        case .scopes: "device is asking for more scopes than are approved"
        }
    }
}

extension ConnectRefusal {
    static func pending(
        _ request: PairingRequest, _ lack: PairingLack, known: PairedDevice?, generation: Int
    ) -> ConnectRefusal {
        let isNewer = generation >= 4
        let message = isNewer ? "pairing required: \(lack.words)" : "pairing required"
        let error = RPCError(
            .notPaired, message,
            details: [
                "code": "PAIRING_REQUIRED", "reason": .string(lack.rawValue), "requestId": .string(request.id),
                "remediationHint": .string("on the gateway's host: openclaw devices approve \(request.id)"),
                "deviceId": .string(request.deviceID), "requestedRole": .string(request.role.rawValue),
                "requestedScopes": .array(request.scopes.words.map { .string($0) }),
                "approvedRoles": known?.roles.words ?? [],
                "approvedScopes": .array((known?.scopes ?? []).words.map { .string($0) }), "retryable": true,
                "pauseReconnect": true, "recommendedNextStep": "wait_then_retry",
            ])
        return ConnectRefusal(error, close: .refused(isNewer ? "\(message) (requestId: \(request.id))" : message))
    }

    static func controlUIWithoutDevice(generation: Int) -> ConnectRefusal {
        ConnectRefusal(
            .invalid(
                generation >= 4
                    ? "control ui requires device identity (use HTTPS or localhost secure context)"
                    : "control ui requires HTTPS or localhost (secure context)",
                details: ["code": "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"]))
    }
}
