/// Setting up in steps (protocol.md section 7, wizard).
extension MethodContract {
    private static let step = Shape.open(
        .required("id", .text),
        .required("type", .word(["note", "select", "text", "confirm", "multiselect", "progress", "action"])),
        .optional("title", .string), .optional("message", .string),
        .optional("options", .list(.open(.required("value", .any), .required("label", .string)))),
        .optional("initialValue", .any), .optional("placeholder", .string), .optional("sensitive", .boolean))

    private static let words = Shape.word(["running", "done", "cancelled", "error"])

    package static let wizardStart = MethodContract(
        "wizard.start", .scope(.admin), "begins to set up the gateway, question by question",
        params: .object(.optional("mode", .word(["local", "remote"])), .optional("workspace", .string)),
        result: .open(
            .required("sessionId", .text), .required("done", .boolean), .optional("step", step),
            .optional("status", words), .optional("error", .string)))

    package static let wizardNext = MethodContract(
        "wizard.next", .scope(.admin), "answers the present question and asks the next one",
        params: .object(
            .required("sessionId", .text),
            .optional("answer", .object(.required("stepId", .text), .optional("value", .any)))),
        result: .open(
            .required("done", .boolean), .optional("step", step), .optional("status", words),
            .optional("error", .string)))

    private static let session = Shape.object(.required("sessionId", .text))
    private static let state = Shape.open(.required("status", words), .optional("error", .string))

    package static let wizardCancel = MethodContract(
        "wizard.cancel", .scope(.admin), "gives the setting up up; nothing is written", params: session,
        result: state)

    package static let wizardStatus = MethodContract(
        "wizard.status", .scope(.admin), "how far the setting up is", params: session, result: state)
}
