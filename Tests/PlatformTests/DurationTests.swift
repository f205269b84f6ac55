import Platform
import Testing

@Suite struct DurationTests {
    private static let cases: [(Duration, Int64)] = [
        (.zero, 0), (.nanoseconds(1), 1), (.nanoseconds(-1), -1), (.seconds(75), 75_000_000_000),
        (.seconds(-75), -75_000_000_000), (.milliseconds(1.5), 1_500_000),
        // Around the place where the short division ends: 2^73 attoseconds.
        (.nanoseconds(9_444_732_965_738), 9_444_732_965_738), (.nanoseconds(9_444_732_965_739), 9_444_732_965_739),
        (.nanoseconds(9_444_732_965_740), 9_444_732_965_740), (.seconds(86_400 * 365), 31_536_000_000_000_000),
        (Duration(secondsComponent: 1, attosecondsComponent: 999_999_999), 1_000_000_000),
        (.seconds(Int64.max), .max), (.seconds(Int64.min + 1), .min),
    ]

    @Test(arguments: cases)
    func aDurationIsCountedInNanoseconds(duration: Duration, expected: Int64) {
        #expect(duration.inNanoseconds == expected)
    }
}
