import Platform

/// What a platform does with files.
package struct FileLimits: Sendable {
    /// `mediaMaxMb` where nobody says otherwise.
    package let defaultMegabytes: Int
    /// Bytes of a file that a bot may send; nil where each server says it.
    package let sent: Int?
    /// The longest text that goes along with a file, as `textChunkLimit` counts; nil where it is as long as any.
    package let caption: Int?
    /// Whether a file that is sent twice under one key is there once.
    package let areKnownAgain: Bool

    package init(defaultMegabytes: Int, sent: Int?, caption: Int? = nil, areKnownAgain: Bool = true) {
        self.defaultMegabytes = defaultMegabytes
        self.sent = sent
        self.caption = caption
        self.areKnownAgain = areKnownAgain
    }
}

extension Int {
    /// As people read sizes: `900 B`, `120 KB`, `3.4 MB`.
    package var asBytes: String {
        if self < 1 << 10 { return "\(self) B" }
        if self < 1 << 20 { return "\((self + 512) >> 10) KB" }
        let tenths = (self / (1 << 10) * 10 + 512) >> 10
        return tenths % 10 == 0 ? "\(tenths / 10) MB" : "\(tenths / 10).\(tenths % 10) MB"
    }
}
