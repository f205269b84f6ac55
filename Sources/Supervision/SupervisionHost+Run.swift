import Platform

extension SupervisionHost {
    /// Runs a service manager's command to its end, however that is.
    @LoopActor
    func run(
        _ arguments: [String], environment: [String: String], deadline: Duration
    ) async throws(SupervisionError) -> ProcessResult {
        do throws(ProcessError) {
            return try await runner.run(ProcessRequest(arguments, environment: environment, deadline: deadline))
        } catch {
            throw .process(error)
        }
    }

    /// Writes a service's file unless it says the same already, and tells what that changed.
    @LoopActor
    func write(_ file: RenderedFile) async throws(SupervisionError) -> InstallOutcome.Change? {
        let old = try? await FileReading.read(file.path, limit: Self.fileLimit)
        let bytes = file.bytes
        if old == bytes { return nil }
        do throws(FileError) {
            if let slash = file.path.lastIndex(of: "/") {
                try await PrivateDirectory.create(String(file.path[..<slash]))
            }
            try await AtomicFile.write(bytes, to: file.path, permission: .mode(file.mode))
        } catch {
            throw .file(error)
        }
        return old == nil ? .created : .replaced
    }

    @LoopActor
    func remove(_ path: String) async throws(SupervisionError) {
        do throws(FileError) {
            try await FileRemoval.remove(path)
        } catch {
            throw .file(error)
        }
    }

    /// The text of a service's file; nil where there is none that can be read.
    @LoopActor
    func text(_ path: String) async -> String? {
        (try? await FileReading.read(path, limit: Self.fileLimit)).map(RenderedFile.decoded)
    }

    private static var fileLimit: Int { 256 * 1024 }
}

extension SupervisionError {
    /// A command that ended otherwise than it should: its first line says why, where it has one.
    static func refused(_ arguments: [String], _ result: ProcessResult) -> SupervisionError {
        let said = RenderedFile.decoded(result.errorOutput.isEmpty ? result.output : result.errorOutput)
        let reason = said.split(whereSeparator: \.isNewline).first.map(String.init) ?? "\(result.ending)"
        return .refused(command: arguments.joined(separator: " "), reason: reason)
    }
}
