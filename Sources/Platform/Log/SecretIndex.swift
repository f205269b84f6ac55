/// Finds any of many secrets in one pass: the first eight bytes at each place are a number that a small bit set knows
/// or does not.
struct SecretIndex: Sendable {
    /// Bytes that decide whether to look closer. No form of a secret is shorter.
    static let window = 8
    private static let filterBits = 12

    private struct Form: Sendable {
        let bytes: [UInt8]
        let kind: RedactedKind?
    }

    private var filter: [UInt64] = []
    private var forms: [UInt64: [Form]] = [:]
    private(set) var longest = 0

    var isEmpty: Bool { forms.isEmpty }

    init() {}

    init(_ secrets: some Sequence<(secret: [UInt8], kind: RedactedKind?)>) {
        filter = [UInt64](repeating: 0, count: (1 << Self.filterBits) / 64)
        for (secret, kind) in secrets {
            for form in SecretForms.all(of: secret) where form.count >= Self.window {
                let key = form.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
                forms[key, default: []].append(Form(bytes: form, kind: kind))
                let slot = Self.slot(key)
                filter[slot >> 6] |= 1 << (slot & 63)
                longest = max(longest, form.count)
            }
        }
        for key in forms.keys { forms[key]?.sort { $0.bytes.count > $1.bytes.count } }
    }

    private static func slot(_ key: UInt64) -> Int { Int((key &* 0x9e37_79b9_7f4a_7c15) >> (64 - UInt64(filterBits))) }

    /// Every secret in `text`, those within others too.
    func find(in text: UnsafeRawBufferPointer, _ found: inout [Redacted]) {
        guard !isEmpty, text.count >= Self.window else { return }
        for index in 0...(text.count - Self.window) {
            let key = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let slot = Self.slot(key)
            guard filter[slot >> 6] & 1 << (slot & 63) != 0, let candidates = forms[key] else { continue }
            for form in candidates where Self.stands(form.bytes, at: index, in: text) {
                found.append(Redacted(range: index..<(index + form.bytes.count), kind: form.kind))
                break
            }
        }
    }

    private static func stands(_ form: [UInt8], at index: Int, in text: UnsafeRawBufferPointer) -> Bool {
        form.count <= text.count - index && text[index..<(index + form.count)].elementsEqual(form)
    }
}
