import Platform
import Settings

/// What a gateway does not start with, though each setting alone is allowed (reliability.md section 2). Every refusal
/// comes with the line to add.
enum GatewayRules {
    /// The settings that the rules are about.
    struct Question {
        let isLocal: Bool
        let bind: BindMode
        let customBindHost: String?
        let isLoopbackOnly: Bool
        let auth: GatewayAuthSettings
        let tls: GatewaySettings.TLS
        let ports: PortPlan
    }

    static func check(_ question: Question, _ found: inout GatewayFindings) {
        mode(question, &found)
        address(question, &found)
        authentication(question, &found)
        proxy(question.auth, &found)
        tls(question.tls, &found)
        hooks(question.auth, &found)
        eventHooks(&found)
        channelWebhooks(&found)
        browserPorts(question.ports, &found)
    }

    private static func mode(_ question: Question, _ found: inout GatewayFindings) {
        guard !question.isLocal else { return }
        let current = found.snapshot.string("gateway.mode")
        found.head("Gateway start blocked: set gateway.mode=local", .mode)
        found.refuse(
            "gateway.mode",
            current.map { "it is \"\($0)\": commands of this profile speak to another gateway" } ?? "not set",
            [
                "set it:         openclaw config set gateway.mode local",
                "or without it:  openclaw gateway run --allow-unconfigured",
            ])
    }

    private static func address(_ question: Question, _ found: inout GatewayFindings) {
        guard question.bind == .custom else { return }
        guard let host = question.customBindHost else {
            found.refuse(
                "gateway.customBindHost", "missing, and gateway.bind is custom",
                ["add:  gateway: { customBindHost: \"192.0.2.7\" }   with this host's address"])
            return
        }
        if IPv4Address(host) == nil, IPv6Address(host) == nil {
            found.refuse("gateway.customBindHost", "\(JSON.string(host)) is not allowed; an IP address of this host")
        }
    }

    private static func authentication(_ question: Question, _ found: inout GatewayFindings) {
        let auth = question.auth
        let place = question.bind == .custom ? question.customBindHost ?? "custom" : question.bind.rawValue
        let file = found.instance.shown(found.instance.environmentFilePath)
        switch auth.mode {
        case .none:
            guard !question.isLoopbackOnly else { return }
            found.head("refusing to bind gateway to \(place) without auth", .open)
            found.refuse(
                "gateway.auth.mode", "\"none\" is for loopback only; everyone in the network could give orders",
                [
                    "add to \(file):  OPENCLAW_GATEWAY_TOKEN=<a long random text, as openssl rand -hex 24 prints>",
                    "and:  gateway: { auth: { mode: \"token\" } }",
                ])
        case .token, .password:
            guard auth.sharedSecret == nil else { return }
            let isToken = auth.mode == .token
            if !question.isLoopbackOnly { found.head("refusing to bind gateway to \(place) without auth", .open) }
            found.refuse(
                isToken ? "gateway.auth.token" : "gateway.auth.password",
                "not set, and clients are to prove themselves by it (\(auth.modeSource))",
                [
                    "add to \(file):  OPENCLAW_GATEWAY_\(isToken ? "TOKEN" : "PASSWORD")="
                        + "<a long random text, as openssl rand -hex 24 prints>"
                ])
        case .trustedProxy: return
        }
    }

    private static func proxy(_ auth: GatewayAuthSettings, _ found: inout GatewayFindings) {
        guard auth.mode == .trustedProxy else { return }
        guard let proxy = auth.trustedProxy else {
            found.refuse(
                "gateway.auth.trustedProxy.userHeader", "missing, and gateway.auth.mode is trusted-proxy",
                ["add:  gateway: { auth: { trustedProxy: { userHeader: \"x-forwarded-user\" } } }"])
            return
        }
        if proxy.secretHeader == nil, !proxy.allowsUnixPeer {
            found.refuse(
                "gateway.auth.trustedProxy.secretHeader",
                "missing: whoever reaches the port could claim to be the proxy, and so anyone",
                [
                    "add:  gateway: { auth: { trustedProxy: { secretHeader: "
                        + "{ name: \"x-proxy-secret\", value: \"${PROXY_SECRET}\" } } } }",
                    "or let the proxy connect to \(found.instance.shown(found.instance.socketPath)):  "
                        + "trustedProxy: { unixPeer: true }",
                ])
        }
        if found.snapshot.strings("gateway.trustedProxies")?.isEmpty != false, !proxy.allowsUnixPeer {
            found.refuse(
                "gateway.trustedProxies", "empty, and gateway.auth.mode is trusted-proxy: no proxy would be heard",
                ["add:  gateway: { trustedProxies: [\"127.0.0.1\"] }   with the proxy's address"])
        }
    }

    private static func tls(_ tls: GatewaySettings.TLS, _ found: inout GatewayFindings) {
        guard tls.enabled else { return }
        switch (tls.certPath, tls.keyPath) {
        case (_?, _?): return
        case (nil, nil) where tls.autoGenerate: return
        case (let certificate, _):
            found.refuse(
                certificate == nil ? "gateway.tls.certPath" : "gateway.tls.keyPath",
                "missing, and gateway.tls.enabled is true",
                ["add certPath and keyPath, or:  gateway: { tls: { enabled: true, autoGenerate: true } }"])
        }
    }

    private static func hooks(_ auth: GatewayAuthSettings, _ found: inout GatewayFindings) {
        guard found.snapshot.given("hooks.enabled")?.bool == true else { return }
        let advice = ["add:  hooks: { token: \"${OPENCLAW_HOOKS_TOKEN}\" }   a random text of its own"]
        guard let token = found.snapshot.given("hooks.token")?.string?.notBlank else {
            found.refuse("hooks.token", "missing, and hooks.enabled is true: everyone could wake agents", advice)
            return
        }
        if token == auth.token?.value || token == auth.password?.value {
            found.refuse(
                "hooks.token", "the same as the gateway's own secret: whoever may wake an agent could give every order",
                advice)
        }
        for problem in HookSettings.problems(found.snapshot) {
            if problem.isRefused {
                found.refuse(problem.setting, problem.message)
            } else {
                found.warn(problem.setting, problem.message)
            }
        }
    }

    /// What the gateway's own events set going stands for itself: it needs no hooks that come in.
    private static func eventHooks(_ found: inout GatewayFindings) {
        for problem in EventHook.problems(found.snapshot) { found.warn(problem.setting, problem.message) }
    }

    /// A webhook that anyone may call is no source of messages.
    private static func channelWebhooks(_ found: inout GatewayFindings) {
        let rules: [(channel: String, isOn: (JSON) -> Bool, secret: String)] = [
            ("telegram", { $0["webhookUrl"]?.string?.notBlank != nil }, "webhookSecret"),
            ("slack", { $0["mode"]?.string == "http" }, "signingSecret"),
        ]
        for rule in rules {
            let path = "channels.\(rule.channel)"
            guard let channel = found.snapshot.given(path), channel["enabled"]?.bool != false,
                !found.snapshot.isDegraded(path)
            else { continue }
            var places = [(path, channel)]
            for account in channel["accounts"]?.object?.members ?? [] where account.value["enabled"]?.bool != false {
                // An account inherits what the channel says.
                places.append(("\(path).accounts.\(account.key)", ConfigSnapshot.merged(channel, account.value)))
            }
            for (place, settings) in places where rule.isOn(settings) && !settings.hasSecret(rule.secret) {
                found.refuse(
                    "\(place).\(rule.secret)", "missing: without it anyone who knows the address is believed",
                    ["add:  \(rule.secret): \"${\(rule.channel.uppercased())_WEBHOOK_SECRET}\"   to \(place)"])
            }
        }
    }

    private static func browserPorts(_ ports: PortPlan, _ found: inout GatewayFindings) {
        let overrides = (found.snapshot.given("browser.profiles")?.object?.members ?? []).compactMap { profile in
            profile.value["cdpPort"]?.int.flatMap(UInt16.init(exactly:)).map { (name: profile.key, port: $0) }
        }
        for collision in ports.collisions(of: overrides) { found.warn("browser.profiles", collision) }
    }
}

extension JSON {
    fileprivate func hasSecret(_ key: String) -> Bool { self[key]?.string?.notBlank != nil }
}
