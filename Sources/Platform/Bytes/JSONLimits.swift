/// What a parser accepts at most.
package struct JSONLimits: Sendable {
    package static let standardDepth = 128
    /// Values are built and freed by recursion; no `maxDepth` goes beyond this.
    package static let greatestDepth = 512
    package static let standardBytes = 64 << 20
    package static let standardNumberLength = 128

    /// Arrays and objects around the innermost value.
    package let maxDepth: Int
    package let maxBytes: Int
    package let maxNumberLength: Int

    package init(
        maxDepth: Int = standardDepth, maxBytes: Int = standardBytes, maxNumberLength: Int = standardNumberLength
    ) {
        self.maxDepth = min(maxDepth, Self.greatestDepth)
        self.maxBytes = maxBytes
        self.maxNumberLength = maxNumberLength
    }
}
