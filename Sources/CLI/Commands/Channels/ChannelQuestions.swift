import Channels
import Platform

/// Asks for what an account of a platform needs.
@LoopActor
struct ChannelQuestions {
    private let prompter: Prompter

    init(_ prompter: Prompter) { self.prompter = prompter }

    /// Secrets always, all else where `known` has nothing. Back leads to the question before; nil leads to before the
    /// first.
    func values(
        _ platform: ChannelPlatform, _ known: AccountSettings?, check: (String) -> String? = { _ in nil }
    ) async throws(CommandFailure) -> [(setting: String, value: JSON)]? {
        let fields = platform.setup.filter { $0.isSecret || known?.string($0.setting) == nil }
        var values: [(setting: String, value: JSON)] = []
        while values.count < fields.count {
            let field = fields[values.count]
            let question = prompter.words(
                field.isSecret ? ChannelText.secret : ChannelText.setting, platform.facts.label, field.setting,
                field.example)
            let answer =
                field.isSecret
                ? try await prompter.secret(question, check: check) : try await prompter.text(question)
            if case .value(let text) = answer {
                values.append((field.setting, .string(text)))
            } else if values.popLast() == nil {
                return nil
            }
        }
        return values
    }
}

/// What is asked of channels.
enum ChannelText: LocalText {
    case which, none, noneHint, keep, secret, setting, asking, known, refused, incomplete, tokenUsed, otherWay
    case policy, policyIntro, pairing, pairingHint, allowlist, allowlistHint, open, openHint, disabled, disabledHint,
        people
    case peopleBad
    case writeTo

    var forms: LocalForms {
        switch self {
        case .which: LocalForms("Which chat platform?", "使用哪个聊天平台？", "使用哪個聊天平台？")
        case .none: LocalForms("None for now", "暂不设置", "暫不設定")
        case .noneHint:
            LocalForms("later: {1} channels login", "以后可用：{1} channels login", "以後再做：{1} channels login")
        case .keep: LocalForms("Keep {1}", "保留 {1}（当前）", "保留 {1}（目前）")
        case .secret: LocalForms("{1}: {2} ({3})", "{1} 的密钥 {2}（{3}）", "{1} 的金鑰 {2}（{3}）")
        case .setting: LocalForms("{1}: {2}, such as {3}", "{1} 的 {2}，例如 {3}", "{1} 的 {2}，例如：{3}")
        case .asking: LocalForms("asking {1}", "正在询问 {1}", "正在詢問 {1}")
        case .known: LocalForms("✓ {1} knows the bot as {2}", "✓ {1} 认得该机器人：{2}", "✓ {1} 認得該機器人：{2}")
        case .refused: LocalForms("✗ {1} does not let it in: {2}", "✗ {1} 拒绝接入：{2}", "✗ {1} 拒絕接入：{2}")
        case .incomplete: LocalForms("✗ {1} {2}; {3}", "✗ 设置不完整：{1} {2}；{3}", "✗ 設定不完整：{1} {2}；{3}")
        case .tokenUsed:
            LocalForms(
                "profile {1} has it already ({2}); each gateway needs a bot of its own",
                "配置档 {1} 已在使用（{2}）；每个网关须有自己的机器人",
                "設定檔 {1} 已在使用（{2}）；每個閘道須有自己的機器人")
        case .otherWay: LocalForms("Choose again.", "请重新选择。", "請重新選擇。")
        case .policy: LocalForms("Who may write to it directly?", "谁可以直接给它发消息？", "誰可以直接傳訊息給它？")
        case .policyIntro:
            LocalForms(
                "Whoever gets an answer can have the agent act on this machine.", "能得到回答的人，就能让智能体在本机上行动。",
                "能得到回覆的人，就能讓代理在本機上行動。")
        case .pairing: LocalForms("People you let in", "由您放行的人", "由您放行的人員")
        case .pairingHint:
            LocalForms(
                "recommended: a stranger gets a code, and you approve it", "推荐：陌生人会得到配对码，由您批准",
                "建議：陌生人會得到配對碼，由您核准")
        case .allowlist: LocalForms("Those on a list, by id", "名单上的人（按 ID）", "名單上的人（依 ID）")
        case .allowlistHint: LocalForms("all others get no answer", "其他人得不到回答", "其他人得不到回覆")
        case .open: LocalForms("Everybody", "任何人", "任何人都可以")
        case .openHint: LocalForms("for public bots without tools", "仅适合没有工具的公开机器人", "僅適合沒有工具的公開機器人")
        case .disabled: LocalForms("Nobody", "无人", "無人可以")
        case .disabledHint: LocalForms("groups only", "仅限群组", "僅限群組")
        case .people: LocalForms("Their ids, with commas between", "他们的 ID，用逗号分隔", "他們的 ID，以逗號分隔")
        case .peopleBad: LocalForms("at least one id", "至少一个 ID", "至少一個 ID")
        case .writeTo: LocalForms("Write to your bot {1}, then:", "给机器人 {1} 发一条消息，然后：", "傳一則訊息給機器人 {1}，然後：")
        }
    }
}
