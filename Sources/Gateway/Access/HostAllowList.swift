import Platform

/// The names by which this gateway may be called. A page whose name was made to lead here (DNS rebinding) has a name
/// of its own in Host, whatever else it controls, so that comparing Origin with Host would not tell.
struct HostAllowList: Sendable {
    /// Names of the machine itself on every system.
    static let loopbackNames = ["localhost", "ip6-localhost"]

    private let names: [[UInt8]]

    /// `allowed` is `gateway.allowedHosts`: names, a port behind them has no meaning.
    init(hostName: String, allowed: [String] = []) {
        let own = HostName.canonical(hostName)
        let others = allowed.map { HostName.canonical(String($0.prefix { $0 != ":" })) }
        names = (Self.loopbackNames + [own, own + ".local"] + others).filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    /// Asked of every request: nothing is allocated for a usual one.
    @_optimize(speed)
    func allows(_ host: Span<UInt8>) -> Bool {
        var name = host.withoutPort
        if name.isIPv4Literal || name.isIPv6Literal { return true }
        if name.count > 1, name[name.count - 1] == UInt8(ascii: ".") { name = name.extracting(..<(name.count - 1)) }
        return names.contains { $0.count == name.count && name.matchesIgnoringCase($0) }
    }
}

extension Span<UInt8> {
    /// A Host field's value up to the colon of its port.
    fileprivate var withoutPort: Span<UInt8> {
        @_lifetime(copy self)
        get {
            var end = count
            while end > 0, self[end - 1] &- 48 < 10 { end -= 1 }
            return end > 0 && self[end - 1] == UInt8(ascii: ":") ? extracting(..<(end - 1)) : self
        }
    }

    fileprivate func matchesIgnoringCase(_ name: [UInt8]) -> Bool {
        for index in indices where (self[index] &- 65 < 26 ? self[index] | 32 : self[index]) != name[index] {
            return false
        }
        return true
    }

    /// Four numbers up to 255 without leading zeros; the shorter and octal spellings are names, and not ours.
    fileprivate var isIPv4Literal: Bool {
        var parts = 0
        var index = 0
        while index < count {
            var value = 0
            let start = index
            while index < count, self[index] &- 48 < 10, index - start < 3 {
                value = value * 10 + Int(self[index] - 48)
                index += 1
            }
            guard index > start, value < 256, index - start == 1 || self[start] != 48 else { return false }
            parts += 1
            guard index < count else { break }
            guard parts < 4, self[index] == UInt8(ascii: "."), index + 1 < count else { return false }
            index += 1
        }
        return parts == 4
    }

    fileprivate var isIPv6Literal: Bool {
        guard count > 3, self[0] == UInt8(ascii: "["), self[count - 1] == UInt8(ascii: "]") else { return false }
        return IPv6Address(String(copying: extracting(1..<(count - 1)))) != nil
    }
}

extension String {
    init(copying bytes: Span<UInt8>) {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for index in bytes.indices { copy.append(bytes[index]) }
        self.init(decoding: copy, as: UTF8.self)
    }
}
