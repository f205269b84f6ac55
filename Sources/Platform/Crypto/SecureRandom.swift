#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Unpredictable bytes from the kernel. OpenSSL's generator would only wrap this one and cost memory.
package struct SecureRandom: RandomNumberGenerator, Sendable {
    /// What one call of getentropy gives at most (POSIX.1-2024).
    private static let callLimit = 256

    package init() {}

    package static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
            fill(UnsafeMutableRawBufferPointer(memory))
            filled = count
        }
    }

    package mutating func next() -> UInt64 {
        var number: UInt64 = 0
        withUnsafeMutableBytes(of: &number) { Self.fill($0) }
        return number
    }

    package static func fill(_ memory: UnsafeMutableRawBufferPointer) {
        var rest = memory[...]
        while !rest.isEmpty {
            let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(callLimit))
            // Fails only where the kernel has no such call: there is nothing safe to go on with.
            precondition(getentropy(part.baseAddress!, part.count) == 0, "the kernel gives no random bytes")
            rest = rest.dropFirst(part.count)
        }
    }
}
