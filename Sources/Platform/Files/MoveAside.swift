#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Makes room for something new without losing what was there.
package enum MoveAside {
    /// Renames `path` to a name with the time in it and returns that; nil when there is nothing. Blocks.
    package static func move(_ path: String, at time: WallTime) throws(FileError) -> String? {
        let target = "\(path).before-\(time.compactUTC)"
        return try FileError.on(path, .move) { () throws(SystemError) in
            guard try fileStatus(path, followLinks: false) != nil else { return nil }
            guard try fileStatus(target, followLinks: false) == nil else {
                throw SystemError(code: EEXIST, call: "rename")
            }
            guard rename(path, target) == 0 else { throw .last("rename") }
            return target
        }
    }
}
