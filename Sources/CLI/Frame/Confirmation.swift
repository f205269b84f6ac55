import Platform

extension Flag {
    static let yes = Flag("--yes", nil, "do it without asking")
}

extension Invocation {
    /// Says what will be done, and on a terminal asks whether to. A script that names a thing wants it done.
    func confirm(_ plan: String) throws(CommandFailure) {
        guard !has("--yes"), !output.isJSON, output.style.isTerminal, StandardStream.isInputTerminal else { return }
        output.write("\(plan)\nGo on? [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else {
            throw CommandFailure(.notGood, "not-confirmed", "nothing was changed")
        }
    }

    /// What was done, and how to undo it.
    func done(_ text: String, undo: String?, json: JSON) {
        if output.isJSON { return output.json(json) }
        output.line("\(output.style.paint("✓", .green)) \(text.shown)")
        if let undo { output.command("  Undo: ", undo) }
    }
}
