import Agents
import Channels
import Platform

extension ChannelHandler {
    /// The messages of an answer, with the files that its `MEDIA:` lines name. `rest` is what was not said in blocks.
    func messages(
        _ text: String, rest: String? = nil, _ reply: ChannelReply, workspace: String, isDrafted: Bool
    ) async -> [OutboundMessage] {
        let account = reply.account
        var (words, references) = MediaLines.split(text)
        if let rest { words = MediaLines.split(rest).text.withoutOuterSpace }
        var files: [OutboundMessage.Media] = []
        for reference in references.prefix(ChannelMedia.most) {
            do throws(MessageRefusal) {
                files.append(try await media.take(reference, in: workspace, for: account))
            } catch {
                words += (words.isEmpty ? "" : "\n\n") + "(not sent: \(error))"
            }
        }
        // What is seen of the answer already becomes its text, and stands by itself.
        guard isDrafted else { return account.messages(words, files, to: reply.address) }
        return account.messages(words, [], to: reply.address) + account.messages("", files, to: reply.address)
    }
}

extension ChannelServices.Account {
    /// The messages of a text with something to choose from below it, after the files that come with it. Where nothing can
    /// be pressed, the choices are told in words.
    func messages(
        _ text: String, _ files: [OutboundMessage.Media], _ choices: Choices, to address: ChatAddress
    ) throws(MessageRefusal) -> [OutboundMessage] {
        guard !choices.isEmpty else { return messages(text, files, to: address) }
        guard let limits = platform.facts.buttons, platform.showsButtons(settings, address.chat) else {
            return messages(text.isEmpty ? choices.words : "\(text)\n\n\(choices.words)", files, to: address)
        }
        guard !text.withoutOuterSpace.isEmpty else { throw .refused("buttons need a text above them") }
        let fitting: Choices
        do throws(ChoicesRefusal) {
            fitting = try choices.fitting(limits, on: platform.facts.label)
        } catch {
            throw .refused("\(error)")
        }
        var config = settings.config
        if let most = limits.message {
            config["textChunkLimit"] = JSON(min(most, config["textChunkLimit"]?.int ?? most))
        }
        var said = platform.rendering(config).chunks(text).map { OutboundMessage(address, $0) }
        guard !said.isEmpty else { throw .refused("buttons need a text above them") }
        said[said.count - 1].choices = fitting
        return messages("", files, to: address) + said
    }

    /// The messages that say a text and bring files: the text goes along with the first file, or after it where the
    /// platform has no room for it there.
    func messages(
        _ text: String, _ files: [OutboundMessage.Media], to address: ChatAddress
    ) -> [OutboundMessage] {
        var chunks = text.isEmpty ? [] : rendering.chunks(text)
        var caption: RenderedChunk?
        if files.isEmpty {
            caption = nil
        } else if let most = platform.facts.files?.caption {
            var config = settings.config
            config["textChunkLimit"] = JSON(min(most, config["textChunkLimit"]?.int ?? most))
            let short = text.isEmpty ? [] : platform.rendering(config).chunks(text)
            if short.count == 1 {
                caption = short[0]
                chunks = []
            }
        } else if !chunks.isEmpty {
            caption = chunks.removeFirst()
        }
        var messages: [OutboundMessage] = []
        for (number, file) in files.enumerated() {
            var message = OutboundMessage(address, number == 0 ? caption : nil)
            message.media = file
            messages.append(message)
        }
        return messages + chunks.map { OutboundMessage(address, $0) }
    }
}

extension OutboundMessage {
    fileprivate init(_ address: ChatAddress, _ chunk: RenderedChunk?) {
        self.init(
            address, text: chunk?.text ?? "", plainText: chunk.flatMap { $0.isPlain ? nil : $0.plain })
    }
}

/// Files in an answer's text: a line by itself that begins with `MEDIA:` names one. Within code, or among other words, it
/// is text.
enum MediaLines {
    static func split(_ text: String) -> (text: String, references: [String]) {
        guard text.contains("MEDIA:") else { return (text, []) }
        var kept: [Substring] = []
        var references: [String] = []
        /// What ends the block of code that a line stands in.
        var fence: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let words = String(line).withoutOuterSpace
            if let end = fence {
                if words.hasPrefix(end), words.allSatisfy({ $0 == end.first }) { fence = nil }
            } else if words.hasPrefix("```") || words.hasPrefix("~~~") {
                fence = String(words.prefix { $0 == words.first })
            } else if words.hasPrefix("MEDIA:") {
                let reference = String(words.dropFirst("MEDIA:".count)).withoutOuterSpace
                if !reference.isEmpty {
                    if !references.contains(reference) { references.append(reference) }
                    continue
                }
            }
            kept.append(line)
        }
        return references.isEmpty ? (text, []) : (kept.joined(separator: "\n").withoutOuterSpace, references)
    }
}
