import Testing

@testable import Platform

@Test func integersKeepEveryDigit() throws {
    for text in [
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "10000000000000000000", "999999999999999999",
        "1000000000000000000", "123456789012345678901234567890", "-999999999999999999",
    ] {
        #expect(written(try parsed(text)) == text)
    }
    #expect(try parsed("9223372036854775807") == .int(.max))
    #expect(try parsed("18446744073709551615").uint64 == .max)
    #expect(try parsed("18446744073709551616").uint64 == nil)
    #expect(JSON(UInt64.max).uint64 == .max)
    #expect(JSON(UInt64(5)) == 5)
    #expect(try parsed(written(JSON(UInt64.max))) == JSON(UInt64.max))
}

@Test func decimalsThatADoubleWouldChangeStayText() throws {
    for text in [
        "1e400", "-1e400", "1e-400", "0.30000000000000001", "3.141592653589793238", "123456789.1234567890123",
        "0.10000000000000000555", "1.7976931348623159e308", "2e-324", "1e99999999999999999999",
    ] {
        #expect(try parsed(text) == .number(try #require(JSONNumber(text))), "\(text)")
        #expect(written(try parsed(text)) == text)
    }
    for text in ["0.1", "1e300", "0.30000000000000004", "1.000000000000000000000", "4.9406564584124654e-324", "5e-324"]
    {
        let isDouble = if case .double = try parsed(text) { true } else { false }
        #expect(isDouble == (text != "4.9406564584124654e-324"), "\(text)")
    }
    #expect(try parsed("1e400").double == nil)
    #expect(try parsed("0.30000000000000001").double == 0.3)
}

@Test func everyDoubleSurvives() throws {
    let seed: UInt64 = 0x0C1A
    var random = JSONRandom(seed: seed)
    for _ in 0..<20_000 {
        let value = Double(bitPattern: random.next())
        guard value.isFinite else { continue }
        let text = written(.double(value))
        let back = try parsed(text)
        #expect(back.double?.bitPattern == value.bitPattern, "seed \(seed): \(text)")
        if case .double = back {} else { Issue.record("seed \(seed): \(text) became \(back)") }
    }
}

/// Against the standard library, with texts of every length around the limits of the fast way.
@Test func decimalsAreReadExactly() throws {
    let seed: UInt64 = 0xDEC1
    var random = JSONRandom(seed: seed)
    for _ in 0..<20_000 {
        var text = random.chance(1, in: 2) ? "-" : ""
        text += String(1 + random.below(9))
        for _ in 0..<random.below(22) { text += String(random.below(10)) }
        text += "."
        for _ in 0...random.below(22) { text += String(random.below(10)) }
        if random.chance(1, in: 2) { text += "e\(random.below(60) - 30)" }
        let value = try parsed(text)
        #expect(value.double?.bitPattern == Double(text)?.bitPattern, "seed \(seed): \(text)")
        switch value {
        case .number(let number): #expect(number.text == text)
        case .double(let double):
            #expect(DecimalDigits(double.description.utf8) == DecimalDigits(text.utf8), "seed \(seed): \(text)")
        default: Issue.record("seed \(seed): \(text) became \(value)")
        }
    }
}

@Test func numberTextIsChecked() {
    for text in ["", "-", "01", "1.", "x", "1 ", " 1", "NaN", "0x1", "1e", "+1", "1\u{0}"] {
        #expect(JSONNumber(text) == nil, "\(text)")
    }
    for text in ["0", "-0", "1.5e-7", "18446744073709551615", String(repeating: "9", count: 500)] {
        #expect(JSONNumber(text)?.text == text)
    }
}

@Test func sameDecimalsHaveSameDigits() {
    for (a, b, same) in [
        ("1", "1.0", true), ("100", "1e2", true), ("0.00120", "1.2e-3", true), ("0", "-0", false), ("0", "0e9", true),
        ("12", "1.3e1", false), ("1e5", "1e6", false), ("-1", "1", false),
    ] {
        #expect((DecimalDigits(a.utf8) == DecimalDigits(b.utf8)) == same, "\(a) \(b)")
    }
}

@Test func numbersConvertOnlyWhenExact() {
    #expect(JSON.double(3).int == 3)
    #expect(JSON.double(3.5).int == nil)
    #expect(JSON.double(1e19).int == nil)
    #expect(JSON.double(1e19).uint64 == 10_000_000_000_000_000_000)
    #expect(JSON.int(-1).uint64 == nil)
    #expect(JSON.int(7).double == 7)
    #expect(JSON.string("7").int == nil)
}
