import Platform

extension Prompter {
    /// One of several: arrow keys or the number, then Enter.
    func pick(
        _ question: String, _ options: [PromptOption], initial: Int = 0
    ) async throws(CommandFailure) -> PromptAnswer<Int> {
        frame.isRich ? try await pickRich(question, options, initial) : try await pickPlain(question, options, initial)
    }

    /// A line. What `check` says against it is shown, and the question asked again.
    func text(
        _ question: String, initial: String? = nil, check: (String) -> String? = { _ in nil }
    ) async throws(CommandFailure) -> PromptAnswer<String> {
        var draft = ""
        while true {
            guard case .value(let line) = try await line(question, initial, draft: draft, isMasked: false) else {
                return .back
            }
            let text = line.isEmpty ? initial ?? "" : line
            guard let problem = text.isEmpty ? words(PromptText.needed) : check(text) else { return .value(text) }
            say(problem, indent: 2)
            draft = line
        }
    }

    /// A line that is not shown.
    func secret(
        _ question: String, check: (String) -> String? = { _ in nil }
    ) async throws(CommandFailure) -> PromptAnswer<String> {
        while true {
            let label = "\(question) (\(words(PromptText.masked)))"
            guard case .value(let text) = try await line(label, nil, draft: "", isMasked: true) else { return .back }
            guard let problem = text.isEmpty ? words(PromptText.needed) : check(text) else { return .value(text) }
            say(problem, indent: 2)
        }
    }

    func confirm(_ question: String, initial: Bool) async throws(CommandFailure) -> PromptAnswer<Bool> {
        while true {
            let sign = initial ? "Y/n" : "y/N"
            guard
                case .value(let line) = try await line(
                    question, sign, draft: "", isMasked: false,
                    shown: { text in
                        Self.isYes(text, initial).map { self.words($0 ? PromptText.yes : PromptText.no) } ?? text
                    })
            else { return .back }
            if let answer = Self.isYes(line, initial) { return .value(answer) }
            say(words(PromptText.yesOrNo), indent: 2)
        }
    }

    private static func isYes(_ text: String, _ initial: Bool) -> Bool? {
        switch text.lowercased() {
        case "": initial
        case "y", "yes", "是", "是的": true
        case "n", "no", "否", "不", "不是": false
        default: nil
        }
    }

    // MARK: Lines

    /// `shown` makes of the answer what stays on the screen.
    private func line(
        _ question: String, _ initial: String?, draft: String, isMasked: Bool, shown: ((String) -> String)? = nil
    ) async throws(CommandFailure) -> PromptAnswer<String> {
        var editor = LineEditor()
        if !draft.isEmpty { editor.putBack(draft) }
        let head = "? \(question.shown)" + (initial.map { " [\($0.shown)]" } ?? "") + " "
        let sign: Character = "*"
        func visible() -> [Character] {
            isMasked
                ? editor.text.map { _ in sign } : editor.text.map { $0.isNewline ? " " : $0 }
        }
        func draw() {
            if frame.isRich {
                frame.draw([head + String(visible())], behind: editor.text.count - editor.cursor)
            } else {
                frame.echo(visible())
            }
        }
        if !frame.isRich { frame.ask([head]) }
        while true {
            draw()
            let stroke = try await stroke()
            switch stroke {
            case .escape:
                frame.settle(["? \(question.shown)"])
                return .back
            case .redraw: if !frame.isRich { frame.ask([head]) }
            // History has no place here, and nothing is of several lines.
            case .key(.up), .key(.down), .key(.newline): break
            case .key(.enter):
                let text = editor.string.trimmedSpace
                if text == "<", !isMasked || editor.text.count == 1 {
                    frame.settle(["? \(question.shown)"])
                    return .back
                }
                let answer = isMasked ? String(visible()) : shown?(text) ?? (text.isEmpty ? initial ?? "" : text)
                frame.settle(["? \(question.shown)  \(frame.bold(answer.shown))"])
                return .value(text)
            case .key(let key): _ = editor.take(key)
            }
        }
    }

    // MARK: Choices

    private func pickRich(
        _ question: String, _ options: [PromptOption], _ initial: Int
    ) async throws(CommandFailure) -> PromptAnswer<Int> {
        var chosen = options.indices.contains(initial) ? initial : 0
        var number = 0
        while true {
            frame.draw(["? \(question.shown)"] + rows(options, chosen))
            let stroke = try await stroke()
            var digits = 0
            switch stroke {
            case .escape, .key(.text("<")):
                frame.settle(["? \(question.shown)"])
                return .back
            case .key(.up): chosen = (chosen + options.count - 1) % options.count
            case .key(.down): chosen = (chosen + 1) % options.count
            case .key(.enter):
                frame.settle(["? \(question.shown)  \(frame.bold(options[chosen].label.shown))"])
                return .value(chosen)
            case .key(.text(let text)):
                digits = number
                for digit in text {
                    guard let value = digit.wholeNumberValue else { continue }
                    let longer = digits * 10 + value
                    digits = options.indices.contains(longer - 1) ? longer : value
                    if options.indices.contains(digits - 1) { chosen = digits - 1 }
                }
            case .key, .redraw: break
            }
            number = digits
        }
    }

    private func rows(_ options: [PromptOption], _ chosen: Int) -> [String] {
        let arrow = style.isUnicode ? "›" : ">"
        var rows = options.enumerated().map { number, option in
            let head = "  \(number == chosen ? arrow : " ") \(number + 1) \(option.label.shown)"
            let text = number == chosen ? frame.bold(head) : head
            return text + (option.hint.map { frame.dim("  \($0.shown)") } ?? "")
        }
        rows.append(frame.dim("  \(words(PromptText.choice)) "))
        return rows
    }

    private func pickPlain(
        _ question: String, _ options: [PromptOption], _ initial: Int
    ) async throws(CommandFailure) -> PromptAnswer<Int> {
        say("? \(question.shown)")
        for (number, option) in options.enumerated() {
            say("  \(number + 1) \(option.label.shown)" + (option.hint.map { "  \($0.shown)" } ?? ""))
        }
        let label = words(PromptText.number, "\(options.count)")
        while true {
            guard
                case .value(let text) = try await line(label, "\(initial + 1)", draft: "", isMasked: false)
            else { return .back }
            if let number = text.isEmpty ? initial + 1 : Int(text), options.indices.contains(number - 1) {
                return .value(number - 1)
            }
            say(words(PromptText.range, "\(options.count)"), indent: 2)
        }
    }
}
