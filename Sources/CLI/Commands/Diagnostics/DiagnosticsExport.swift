import Platform
import Settings

extension Command {
    static let gatewayDiagnosticsExport = Command(
        "gateway diagnostics export",
        "pack what a report of trouble needs into one zip, without secrets or conversations",
        notes:
            "In it: version and system, the configuration without its secrets, what the gateway says of itself, modes "
            + "and sizes in the state directory, the last lines of the log. Look into it before you hand it on: names "
            + "and numbers that you wrote into the configuration are there.",
        flags: [
            Flag(
                "--output", "<path>", "the zip; there must be no such file yet",
                default: "a dated name in the working directory")
        ] + Flag.client,
        examples: [
            "openclaw gateway diagnostics export", "openclaw gateway diagnostics export --output trouble.zip --json",
        ],
        seeAlso: ["gateway status", "logs", "backup create"],
        run: { invocation throws(CommandFailure) in
            let now = invocation.surroundings.clock.wall
            let path =
                invocation["--output"]
                ?? "\(now.compactUTC)-openclaw-diagnostics\(invocation.instance.profile.suffix).zip"
            if FilePresence.exists(path) {
                throw CommandFailure(
                    .notGood, "exists", "\(path.shown) is there already", details: ["name another file"])
            }
            let files = await DiagnosticsBundle(invocation).files()
            var zip = ZipWriter()
            for file in files { zip.add(file.name, file.bytes, at: CalendarDate(now)) }
            let bytes = zip.finish()
            do throws(FileError) {
                try await BlockingPool.shared.run { () throws(FileError) in
                    let archive = try NewFile(path)
                    try archive.append(bytes)
                    try archive.finish()
                }
            } catch {
                throw CommandFailure(.notGood, "not-written", "\(error)")
            }
            invocation.done(
                "\(files.count) files are in \(path)", undo: nil,
                json: [
                    "ok": true, "path": .string(path),
                    "files": .array(
                        files.map { ["name": .string($0.name), "bytes": JSON($0.bytes.count)] }),
                ])
            return .good
        })
}
