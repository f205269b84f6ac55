#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How the terminal was before it was taken; a handler of fatal signals puts it back from here.
nonisolated(unsafe) private var settingsBefore: termios?

/// May be called at any moment: tcsetattr is among what a signal handler may do (POSIX.1-2024, 2.4.3).
private func restoreTerminal() {
    guard var settings = settingsBefore else { return }
    tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
}

/// The terminal at standard input, taken so that each key comes by itself and nothing is echoed.
@LoopActor
package final class Terminal: PollHandler {
    private let onBytes: @LoopActor ([UInt8]) -> Void
    private let onEnd: @LoopActor () -> Void
    private var isTaken = false

    package init(onBytes: @escaping @LoopActor ([UInt8]) -> Void, onEnd: @escaping @LoopActor () -> Void) {
        self.onBytes = onBytes
        self.onEnd = onEnd
    }

    /// Takes the terminal; false when standard input is none.
    package func take() -> Bool {
        guard set() else { return false }
        if !isTaken { EventLoop.shared.watch(STDIN_FILENO, .read, self) }
        isTaken = true
        return true
    }

    /// Puts it back as it was.
    package func giveBack() {
        guard isTaken else { return }
        isTaken = false
        EventLoop.shared.unwatch(STDIN_FILENO)
        restoreTerminal()
    }

    /// Sleeps until the shell wakes this process again.
    package func sleep() {
        giveBack()
        kill(getpid(), SIGSTOP)
    }

    private func set() -> Bool {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return false }
        if settingsBefore == nil {
            settingsBefore = settings
            Self.catchFatalSignals()
        }
        settings = settingsBefore ?? settings
        Self.makeRaw(&settings)
        return tcsetattr(STDIN_FILENO, TCSADRAIN, &settings) == 0
    }

    private nonisolated static func makeRaw(_ settings: inout termios) {
        settings.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
        settings.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
        settings.c_cflag |= tcflag_t(CS8)
    }

    /// A fault of our own must not leave a terminal in which nobody sees what he types.
    private nonisolated static func catchFatalSignals() {
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
            signal(number) { number in
                restoreTerminal()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    package func pollReady(_ readiness: Readiness) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { readDescriptor(STDIN_FILENO, $0) }
        if count > 0 { return onBytes(Array(bytes[..<count])) }
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        giveBack()
        onEnd()
    }

    // MARK: Secrets

    /// Bytes of a secret that is typed.
    package nonisolated static let secretBytes = 16 << 10

    /// One line that is typed without being seen; nil when it was given up with Ctrl-C or Ctrl-D. Blocks. It is asked for
    /// only once nothing is seen any more: a key that is pasted at once is not to be shown.
    package nonisolated static func readSecret(_ prompt: String) -> String? {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
        var settings = before
        makeRaw(&settings)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &before) }
        StandardStream.error.write(prompt)
        var line: [UInt8] = []
        while line.count < secretBytes {
            var byte: UInt8 = 0
            let count = withUnsafeMutableBytes(of: &byte) { readDescriptor(STDIN_FILENO, $0) }
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            switch byte {
            case 0x03, 0x04: return nil
            case 0x0a, 0x0d: return String(decoding: line, as: UTF8.self)
            case 0x08, 0x7f: while let last = line.popLast(), last & 0xc0 == 0x80 {}
            case 0x15: line = []
            default: line.append(byte)
            }
        }
        return nil
    }
}
