#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// A program just started, with our ends of its pipes: non-blocking, and not inherited by the next one.
struct SpawnedChild: Sendable {
    /// Also the number of its process group, which is its own.
    let process: pid_t
    /// Nil when it reads /dev/null.
    let input: Int32?
    let output: Int32
    let errorOutput: Int32

    /// Starts a program. Blocks until the file to execute is loaded. `keepsInput`: it gets a pipe to read from even when
    /// nothing is to be written yet.
    static func start(_ request: ProcessRequest, keepsInput: Bool = false) throws(ProcessError) -> SpawnedChild {
        if let reason = refusal(request) { throw .invalid(program: request.program, reason: reason) }
        if let directory = request.directory, !isDirectory(directory) {
            throw .noDirectory(path: directory, program: request.program)
        }
        let path = try ProgramLookup.find(request)
        var ours: [Int32] = []
        var theirs: [Int32] = []
        defer { for one in theirs { closeDescriptor(one) } }
        do throws(SystemError) {
            for isInput in [true, false, false] {
                if isInput, request.input.isEmpty, !keepsInput {
                    theirs.append(try OwnedDescriptor.open("/dev/null", O_RDONLY).release())
                    continue
                }
                let ends = try makePipe()
                ours.append(isInput ? ends.write : ends.read)
                theirs.append(isInput ? ends.read : ends.write)
                try prepare(&theirs[theirs.count - 1])
            }
            let process = try spawn(path, request, theirs)
            return SpawnedChild(
                process: process, input: ours.count == 3 ? ours[0] : nil, output: ours[ours.count - 2],
                errorOutput: ours[ours.count - 1])
        } catch {
            for one in ours { closeDescriptor(one) }
            throw failure(error, path, request)
        }
    }

    /// Starts a program that reads nothing, says nothing to us, and goes on when we end. Blocks as `start` does.
    static func letGo(_ request: ProcessRequest) throws(ProcessError) -> pid_t {
        if let reason = refusal(request) { throw .invalid(program: request.program, reason: reason) }
        let path = try ProgramLookup.find(request)
        do throws(SystemError) {
            var nothing = try OwnedDescriptor.open("/dev/null", O_RDWR).release()
            defer { closeDescriptor(nothing) }
            try prepare(&nothing)
            return try spawn(path, request, [nothing, nothing, nothing])
        } catch {
            throw failure(error, path, request)
        }
    }

    private static func failure(_ error: SystemError, _ path: String, _ request: ProcessRequest) -> ProcessError {
        switch error.code {
        // The file itself was there a moment ago.
        case ENOENT: .notExecutable(path: path, reason: "the interpreter in its first line does not exist")
        case ENOEXEC: .notExecutable(path: path, reason: "it is neither a program nor a script with #!")
        default: .system(error, program: request.program)
        }
    }

    /// Makes the program's end of a pipe fit for it.
    private static func prepare(_ descriptor: inout Int32) throws(SystemError) {
        // Programs do not expect to be told to try again.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        guard descriptor < 3 else { return }
        // It would be in the place of another of the program's three; that happens when ours were closed.
        let raised = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard raised >= 0 else { throw .last("fcntl") }
        closeDescriptor(descriptor)
        descriptor = raised
    }

    /// C strings end at NUL: what follows one would be lost without a word.
    private static func refusal(_ request: ProcessRequest) -> String? {
        if request.program.isEmpty { return "no program was named" }
        let texts = request.arguments + [request.directory ?? ""] + request.environment.flatMap { [$0.key, $0.value] }
        if texts.contains(where: { $0.utf8.contains(0) }) { return "an argument or variable contains a NUL character" }
        if request.environment.keys.contains(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "=")) }) {
            return "the name of a variable is empty or contains \"=\""
        }
        return nil
    }

    private static func isDirectory(_ path: String) -> Bool {
        (try? fileStatus(path, followLinks: true))?.kind == S_IFDIR
    }

    private static func spawn(
        _ path: String, _ request: ProcessRequest, _ standard: [Int32]
    ) throws(SystemError) -> pid_t {
        #if canImport(Glibc)
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #else
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        for (number, descriptor) in standard.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        // Signals that we ignore or that a library blocked would stay so in the program.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        #if canImport(Glibc)
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
        if let directory = request.directory { cl_spawn_in_directory(&actions, directory) }
        cl_spawn_closing_from(&actions, 3)
        #else
        if let directory = request.directory { posix_spawn_file_actions_addchdir_np(&actions, directory) }
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags | POSIX_SPAWN_CLOEXEC_DEFAULT))
        #endif

        let environment = request.environment.map { $0.key + "=" + $0.value }
        // The name is looked up in the changed directory.
        let path = path.hasPrefix("/") || request.directory == nil ? path : request.program
        var process = pid_t()
        let result = withCStrings(request.arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(&process, path, &actions, &attributes, arguments, environment)
            }
        }
        guard result == 0 else { throw SystemError(code: result, call: "posix_spawn") }
        return process
    }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Value>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
}
