/// Memory that reads land in. One serves all connections of the loop: who cannot use the bytes at once copies them out
/// before returning.
@LoopActor
package final class ReadBuffer {
    /// Large enough that one read empties a socket's queue in all common cases.
    package static nonisolated let sharedCapacity = 64 * 1024

    package nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

    package nonisolated init(capacity: Int) {
        memory = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { memory.deallocate() }

    /// The first `count` bytes, to be read and changed in place (unmasking) while this object lives.
    package func withBytes<Value>(_ count: Int, _ body: (inout MutableSpan<UInt8>) -> Value) -> Value {
        var span = MutableSpan<UInt8>(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
        return body(&span)
    }
}
