import Platform

/// What people do with commands and buttons is read as if they had said it.
extension SlackReader {
    /// `/name words` typed somewhere.
    func command(_ payload: JSON, now: WallTime) -> InboundMessage? {
        guard let command = payload["command"]?.string, command.hasPrefix("/"), command.utf8.count <= 64,
            let chat = payload["channel_id"]?.string, SlackID.isValid(chat),
            let user = payload["user_id"]?.string, SlackID.isValid(user), user != botUser,
            let trigger = payload["trigger_id"]?.string, (1...200).contains(trigger.utf8.count)
        else { return nil }
        let words = SlackText.plain((payload["text"]?.string ?? "").cut(to: Self.longestText))
        let type: String? =
            switch payload["channel_name"]?.string {
            case "directmessage": "im"
            case let name? where name.hasPrefix("mpdm-"): "mpim"
            default: nil
            }
        var message = InboundMessage(
            id: "command:\(trigger)",
            place: InboundMessage.Place(
                Self.kind(chat, type), chat, thread: payload["thread_ts"]?.string.flatMap(SlackTime.init)?.text,
                space: payload["team_id"]?.string ?? team),
            sender: InboundMessage.Sender(id: user, name: payload["user_name"]?.string?.cut(to: 200)),
            text: words.isEmpty ? command : "\(command) \(words)", sentAt: now)
        message.attention = .mention
        return message
    }

    /// A button or a menu of a message of ours.
    func action(_ payload: JSON, now: WallTime) -> InboundMessage? {
        guard payload["type"]?.string == "block_actions", let action = payload["actions"]?[0],
            let user = payload["user"]?["id"]?.string, SlackID.isValid(user),
            let chat = payload["channel"]?["id"]?.string ?? payload["container"]?["channel_id"]?.string,
            SlackID.isValid(chat), action["action_id"]?.string?.hasPrefix(SlackBlocks.opens) != true,
            let time = action["action_ts"]?.string.flatMap(SlackTime.init)
        else { return nil }
        let chosen = action["selected_option"]
        let text =
            action["value"]?.string ?? chosen?["value"]?.string ?? chosen?["text"]?["text"]?.string
            ?? action["text"]?["text"]?.string ?? action["action_id"]?.string ?? ""
        guard !text.isEmpty else { return nil }
        let target = (payload["message"]?["ts"] ?? payload["container"]?["message_ts"])?.string.flatMap(SlackTime.init)
        let thread = (payload["message"]?["thread_ts"] ?? payload["container"]?["thread_ts"])?.string
            .flatMap(SlackTime.init)
        var message = InboundMessage(
            id: "action:\(chat):\(target?.text ?? "-"):\(user):\(time.text)", messageID: target?.text,
            place: InboundMessage.Place(
                Self.kind(chat, nil), chat, thread: thread?.text, space: payload["team"]?["id"]?.string ?? team),
            sender: InboundMessage.Sender(
                id: user, name: (payload["user"]?["username"] ?? payload["user"]?["name"])?.string?.cut(to: 200)),
            text: text.cut(to: Self.longestText), sentAt: time.wall)
        message.attention = [.mention, .replyToBot]
        return message
    }
}
