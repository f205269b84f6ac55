/// Speech: wake words, talk mode, voices (protocol.md section 7, talk).
extension MethodContract {
    private static let triggers = Shape.object(.required("triggers", .list(.string)))

    package static let voicewakeGet = MethodContract(
        "voicewake.get", .scope(.read), "the words that wake a listening node", result: triggers)

    package static let voicewakeSet = MethodContract(
        "voicewake.set", .scope(.write), "sets the words that wake a listening node; without any, the usual ones hold",
        params: triggers, result: triggers)

    package static let talkMode = MethodContract(
        "talk.mode", .scope(.write), "tells every client whether somebody talks",
        params: .object(.required("enabled", .boolean), .optional("phase", .string)),
        result: .object(
            .required("enabled", .boolean), .required("phase", .nullable(.string)), .required("ts", .natural)))

    package static let talkConfig = MethodContract(
        "talk.config", .scope(.read), "the settings of speech",
        params: .object(.optional("includeSecrets", .boolean)), result: .open(.required("config", .open())))

    private static let speech = Shape.open(.required("providers", .list(.open())))

    package static let talkCatalog = MethodContract(
        "talk.catalog", .scope(.read), "what can be had of speech",
        result: .open(
            .required("modes", .list(.string)), .required("transports", .list(.string)),
            .required("speech", speech), .required("transcription", speech), .required("realtime", speech)))

    package static let ttsStatus = MethodContract(
        "tts.status", .scope(.read), "whether answers are spoken",
        result: .open(.required("enabled", .boolean), .required("auto", .string)))

    package static let ttsProviders = MethodContract(
        "tts.providers", .scope(.read), "what can speak",
        result: .open(.required("providers", .list(.open())), .optional("active", .string)))
}
