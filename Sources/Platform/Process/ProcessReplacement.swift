#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Puts a program in the place of the one that runs: the same process, with the descriptors that stay open.
package enum ProcessReplacement {
    /// The arguments of this process.
    package static var ownArguments: [String] { CommandLine.arguments }

    /// Why the program could not be put in our place; nil when it could, as far as can be told beforehand.
    package static func obstacle(_ path: String) -> SystemError? { access(path, X_OK) == 0 ? nil : .last("access") }

    /// Returns only when it failed. `variables` are added to our own environment.
    package static func replace(
        with path: String, arguments: [String], variables: [String: String]
    ) -> SystemError {
        for (name, value) in variables { setenv(name, value, 1) }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        execv(path, words)
        let error = SystemError.last("execv")
        for word in words { free(word) }
        return error
    }
}
