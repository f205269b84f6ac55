/// The characters of ASCII by name and by class: the one table for JSON, HTTP and URLs. Public and inlinable because the
/// parsers of other targets ask it for every byte.
public enum ASCII {
    @inlinable public static var backspace: UInt8 { 0x08 }
    @inlinable public static var tab: UInt8 { 0x09 }
    @inlinable public static var lineFeed: UInt8 { 0x0A }
    @inlinable public static var verticalTab: UInt8 { 0x0B }
    @inlinable public static var formFeed: UInt8 { 0x0C }
    @inlinable public static var carriageReturn: UInt8 { 0x0D }
    @inlinable public static var space: UInt8 { 0x20 }
    @inlinable public static var quote: UInt8 { UInt8(ascii: "\"") }
    @inlinable public static var hash: UInt8 { UInt8(ascii: "#") }
    @inlinable public static var dollar: UInt8 { UInt8(ascii: "$") }
    @inlinable public static var percent: UInt8 { UInt8(ascii: "%") }
    @inlinable public static var apostrophe: UInt8 { UInt8(ascii: "'") }
    @inlinable public static var star: UInt8 { UInt8(ascii: "*") }
    @inlinable public static var plus: UInt8 { UInt8(ascii: "+") }
    @inlinable public static var comma: UInt8 { UInt8(ascii: ",") }
    @inlinable public static var minus: UInt8 { UInt8(ascii: "-") }
    @inlinable public static var dot: UInt8 { UInt8(ascii: ".") }
    @inlinable public static var slash: UInt8 { UInt8(ascii: "/") }
    @inlinable public static var zero: UInt8 { UInt8(ascii: "0") }
    @inlinable public static var nine: UInt8 { UInt8(ascii: "9") }
    @inlinable public static var colon: UInt8 { UInt8(ascii: ":") }
    @inlinable public static var question: UInt8 { UInt8(ascii: "?") }
    @inlinable public static var at: UInt8 { UInt8(ascii: "@") }
    @inlinable public static var upperE: UInt8 { UInt8(ascii: "E") }
    @inlinable public static var openBracket: UInt8 { UInt8(ascii: "[") }
    @inlinable public static var backslash: UInt8 { UInt8(ascii: "\\") }
    @inlinable public static var closeBracket: UInt8 { UInt8(ascii: "]") }
    @inlinable public static var underscore: UInt8 { UInt8(ascii: "_") }
    @inlinable public static var lowerE: UInt8 { UInt8(ascii: "e") }
    @inlinable public static var lowerU: UInt8 { UInt8(ascii: "u") }
    @inlinable public static var openBrace: UInt8 { UInt8(ascii: "{") }
    @inlinable public static var closeBrace: UInt8 { UInt8(ascii: "}") }
    @inlinable public static var tilde: UInt8 { UInt8(ascii: "~") }
    @inlinable public static var delete: UInt8 { 0x7F }

    @inlinable @inline(__always)
    public static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }

    @inlinable @inline(__always)
    public static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    @inlinable @inline(__always)
    public static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

    @inlinable @inline(__always)
    public static func lowercased(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }

    /// RFC 9110 section 5.6.2: what a method or a field name is made of.
    @inlinable @inline(__always)
    public static func isToken(_ byte: UInt8) -> Bool {
        isIn(0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe, byte)
    }

    /// RFC 9110 section 5.5: visible characters, space, tab and bytes beyond ASCII. No control, so no CR, LF or NUL.
    @inlinable @inline(__always)
    public static func isFieldContent(_ byte: UInt8) -> Bool { byte >= space ? byte != delete : byte == tab }

    /// RFC 3986 section 2.3: what never needs encoding, letters, digits and `-._~`.
    @inlinable @inline(__always)
    public static func isUnreserved(_ byte: UInt8) -> Bool {
        isIn(0x03ff_6000_0000_0000, 0x47ff_fffe_87ff_fffe, byte)
    }

    /// RFC 3986 section 3.2.2: unreserved characters, percent signs and sub-delimiters.
    @inlinable @inline(__always)
    public static func isHostName(_ byte: UInt8) -> Bool {
        isIn(0x2bff_7ff2_0000_0000, 0x47ff_fffe_87ff_fffe, byte)
    }

    /// RFC 3986 section 3.3: unreserved characters, sub-delimiters and `:@/`.
    @inlinable @inline(__always)
    public static func isPath(_ byte: UInt8) -> Bool {
        isIn(0x2fff_ffd2_0000_0000, 0x47ff_fffe_87ff_ffff, byte)
    }

    /// Bit n of `low` stands for character n, of `high` for 64 + n.
    @inlinable @inline(__always)
    static func isIn(_ low: UInt64, _ high: UInt64, _ byte: UInt8) -> Bool {
        byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }

    /// The value of a hexadecimal digit of either case.
    @inlinable
    public static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - zero }
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter + 10 : nil
    }

    /// The lower-case digit of a value below 16.
    @inlinable @inline(__always)
    public static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? zero + value : UInt8(ascii: "a") + value - 10 }

    /// The same as a capital, as RFC 3986 section 2.1 asks for.
    @inlinable @inline(__always)
    public static func upperHexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? zero + value : UInt8(ascii: "A") + value - 10
    }
}
