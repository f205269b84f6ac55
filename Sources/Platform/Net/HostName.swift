/// What may stand where a host's name is expected.
package enum HostName {
    /// Without the root's dot (RFC 1035 section 3.1).
    package static let lengthLimit = 253
    package static let labelLimit = 63

    /// Labels of letters, digits, hyphens and (in use inside private networks) underscores. Other scripts have to come
    /// in their ASCII form.
    package static func isValid(_ name: String) -> Bool {
        let name = canonical(name)
        guard (1...lengthLimit).contains(name.utf8.count) else { return false }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A number at the end (RFC 1123 section 2.1) is an address in one of the old spellings, such as 127.1, which
        // the system's resolver would take for one and a rule about addresses would not.
        guard let last = labels.last, !isNumber(last) else { return false }
        return labels.allSatisfy { label in
            (1...labelLimit).contains(label.count) && label.first != UInt8(ascii: "-") && label.allSatisfy(isAllowed)
        }
    }

    private static func isNumber(_ label: Substring.UTF8View) -> Bool {
        let digits = label.starts(with: "0x".utf8) ? label.dropFirst(2) : label
        let isHexadecimal = digits.startIndex != label.startIndex
        return digits.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || isHexadecimal && (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
    }

    /// Lower case, without the root's dot: two spellings of one name become equal.
    package static func canonical(_ name: String) -> String {
        String((name.utf8.last == UInt8(ascii: ".") ? name.dropLast() : name[...]).lowercased())
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
