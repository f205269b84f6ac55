/// Paths as they are written and compared. Nothing here looks at the disk.
package enum PathText {
    /// An absolute path without "." and ".." and doubled slashes; links stay, and are followed when a file is opened.
    package static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
