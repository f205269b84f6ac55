import Platform

/// The languages in which questions are asked.
enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case simplified = "zh-CN"
    case traditional = "zh-TW"

    /// As the environment wants it: the first variable that says anything decides. A terminal that shows ASCII only
    /// gets English.
    static func chosen(_ environment: Environment, isUnicode: Bool) -> Language {
        guard isUnicode else { return .english }
        let names = ["OPENCLAW_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG"]
        return names.lazy.compactMap { environment[$0] }.first.map(named) ?? .english
    }

    /// `zh_TW.UTF-8`, `zh-Hant-HK`, `zh`; whatever is not known is English.
    static func named(_ locale: String) -> Language {
        let tags = locale.prefix { $0 != "." && $0 != "@" }.lowercased().split { $0 == "_" || $0 == "-" }
        guard tags.first == "zh" else { return .english }
        let isTraditional = tags.contains { ["tw", "hk", "mo", "hant"].contains($0) }
        return isTraditional && !tags.contains("hans") ? .traditional : .simplified
    }
}

/// One text in each language. `{1}`, `{2}` … stand for what is put in.
struct LocalForms: Sendable, Equatable {
    let english: String
    let simplified: String
    let traditional: String

    init(_ english: String, _ simplified: String, _ traditional: String) {
        self.english = english
        self.simplified = simplified
        self.traditional = traditional
    }

    subscript(language: Language) -> String {
        switch language {
        case .english: english
        case .simplified: simplified
        case .traditional: traditional
        }
    }
}

/// A table of texts: one case for each.
protocol LocalText: CaseIterable, Sendable {
    var forms: LocalForms { get }
}

extension LocalText {
    func text(_ language: Language, _ values: [String] = []) -> String {
        let form = forms[language]
        guard !values.isEmpty else { return form }
        var result = ""
        var rest = form[...]
        // What is put in may itself have braces, and stays as it is.
        while let start = rest.firstIndex(of: "{") {
            result += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: "}"), let number = Int(rest[..<end]),
                values.indices.contains(number - 1)
            else {
                result += "{"
                continue
            }
            result += values[number - 1]
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}

/// What the questions themselves say.
enum PromptText: LocalText {
    case manners, number, range, yesOrNo, yes, no, needed, nothingWritten, choice, masked

    var forms: LocalForms {
        switch self {
        case .manners:
            LocalForms(
                "Enter takes the answer, Esc or < goes back, Ctrl-C ends and writes nothing.",
                "回车确认，Esc 或 < 返回上一步，Ctrl-C 结束且不写入任何内容。",
                "Enter 確認，Esc 或 < 回上一步，Ctrl-C 結束且不寫入任何內容。")
        case .number: LocalForms("1 to {1}", "1 到 {1}", "1 到 {1}")
        case .range: LocalForms("a number from 1 to {1}", "请输入 1 到 {1} 的数字", "請輸入 1 到 {1} 的數字")
        case .yesOrNo: LocalForms("yes or no: y or n", "请输入 y（是）或 n（否）", "請輸入 y（是）或 n（否）")
        case .yes: LocalForms("Yes", "是", "是的")
        case .no: LocalForms("No", "否", "不是")
        case .needed: LocalForms("this needs an answer", "此项必须填写", "此項必須填寫")
        case .nothingWritten: LocalForms("nothing was written", "未写入任何内容", "未寫入任何內容")
        case .choice: LocalForms("arrows or a number", "方向键或数字", "方向鍵或數字")
        case .masked: LocalForms("not shown", "不显示", "不顯示")
        }
    }
}
