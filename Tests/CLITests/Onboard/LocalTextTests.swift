import Platform
import Testing

@testable import CLI

@Suite struct LocalTextTests {
    private func placeholders(_ text: String) -> [String] {
        var found: [String] = []
        for piece in text.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
            found.append(String(piece.prefix { $0 != "}" }))
        }
        return found.sorted()
    }

    private func check<Table: LocalText>(_ table: Table.Type) {
        for text in table.allCases {
            for language in Language.allCases {
                let form = text.forms[language]
                #expect(!form.isEmpty, "\(text) in \(language)")
                #expect(placeholders(form) == placeholders(text.forms.english), "\(text) in \(language)")
                #expect(form == form.trimmedSpace, "\(text) in \(language)")
            }
            let isChinese = { (form: String) in form.unicodeScalars.contains { (0x3400...0x9fff).contains($0.value) } }
            #expect(isChinese(text.forms.simplified) && isChinese(text.forms.traditional), "\(text)")
            #expect(!isChinese(text.forms.english), "\(text)")
        }
    }

    @Test func everyTextStandsInEveryLanguageWithTheSamePlaces() {
        check(PromptText.self)
        check(OnboardText.self)
        check(ChannelText.self)
    }

    @Test func theTwoChineseFormsAreNotOneWritingOnly() {
        let shared = OnboardText.allCases.filter { $0.forms.simplified == $0.forms.traditional }
        #expect(shared.isEmpty, "\(shared)")
        let chat = ChannelText.allCases.filter { $0.forms.simplified == $0.forms.traditional }
        #expect(chat.isEmpty, "\(chat)")
    }

    @Test func valuesArePutInAndReadNoFurther() {
        #expect(OnboardText.likeOther.text(.english, ["{2}", "b"]) == "As {2} does: b")
        #expect(OnboardText.likeOther.text(.english, ["a"]) == "As a does: {2}")
    }

    @Test func theFirstVariableThatSaysAnythingDecides() {
        func chosen(_ variables: [String: String], isUnicode: Bool = true) -> Language {
            .chosen(Environment(variables), isUnicode: isUnicode)
        }
        #expect(chosen([:]) == .english)
        #expect(chosen(["LANG": "zh_CN.UTF-8"]) == .simplified)
        #expect(chosen(["LANG": "zh_CN.UTF-8", "LC_ALL": "zh_TW.UTF-8"]) == .traditional)
        #expect(chosen(["LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"]) == .english)
        #expect(chosen(["LANG": "zh_CN.UTF-8", "LC_ALL": "", "LC_MESSAGES": "zh_TW"]) == .traditional)
        #expect(chosen(["OPENCLAW_LOCALE": "zh-TW", "LC_ALL": "zh_CN.UTF-8"]) == .traditional)
        #expect(chosen(["OPENCLAW_LOCALE": "en", "LANG": "zh_CN.UTF-8"]) == .english)
        #expect(chosen(["OPENCLAW_LOCALE": "zh-CN"], isUnicode: false) == .english)
        for name in ["zh-Hant", "zh_HK.UTF-8", "zh-MO", "ZH_tw@x"] { #expect(Language.named(name) == .traditional) }
        for name in ["zh", "zh-Hans", "zh_SG", "zh-Hans-HK"] { #expect(Language.named(name) == .simplified) }
        for name in ["fr_FR.UTF-8", "C", "zhx", ""] { #expect(Language.named(name) == .english) }
    }
}
