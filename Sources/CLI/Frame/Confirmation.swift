import Platform

extension Flag {
    static let yes = Flag("--yes", nil, "do it without asking")
}

extension Invocation {
    /// Whether a person sits at a terminal and can be asked.
    var canAsk: Bool { !output.isJSON && output.style.isTerminal && StandardStream.isInputTerminal }

    /// Says what will be done, and on a terminal asks whether to. A script that names a thing wants it done.
    func confirm(_ plan: String) throws(CommandFailure) {
        guard !has("--yes"), canAsk else { return }
        output.write("\(plan)\nGo on? [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else {
            throw CommandFailure(.notGood, "not-confirmed", "nothing was changed")
        }
    }

    /// For what nobody does by mistake: with nobody to ask and no word that it is wanted, nothing is done. `words` are
    /// those of the command line that say so.
    func agree(_ plan: String, words: String) throws(CommandFailure) {
        guard has("--yes") || canAsk && !has("--non-interactive") else {
            throw CommandFailure(
                .notGood, "not-confirmed", "nothing was changed: without a terminal to ask on, this needs --yes",
                details: plan.split(separator: "\n").map(String.init), next: ["\(program) \(words) --yes"])
        }
        try confirm(plan)
    }

    /// What was done, and how to undo it.
    func done(_ text: String, undo: String?, json: JSON) {
        if output.isJSON { return output.json(json) }
        output.line("\(output.style.paint("✓", .green)) \(text.shown)")
        if let undo { output.command("  Undo: ", undo) }
    }
}
