/// Skills that are part of this program.
enum BundledSkills {
    static func all(_ problems: inout [String]) -> [Skill] {
        texts.compactMap { text in
            do throws(SkillFile.Problem) {
                var skill = try SkillFile.read(text, folder: "", source: .bundled, directory: nil)
                skill.text = text
                return skill
            } catch {
                problems.append("a bundled skill: \(error.reason)")
                return nil
            }
        }
    }

    private static let texts = [gatewayCare]

    private static let gatewayCare = """
        ---
        name: gateway-care
        description: Finding out why this OpenClaw gateway, its channels or its models do not answer, and what to do.
        metadata: {"openclaw": {"emoji": "🩺"}}
        ---
        # When something does not answer

        1. `gateway` with action status tells what runs and what the gateway itself complains about.
        2. With action rescue.read it tells the same of the profile that this one watches, and its last log lines.
        3. Say the verdict first, then the facts with their age, then one command that the owner can paste.
        4. Change nothing without having said what and why. A restart needs an operator's approval; ask for it once.

        Commands worth naming: `openclaw status`, `openclaw logs --follow`, `openclaw config validate`,
        `openclaw gateway restart`.
        """
}
