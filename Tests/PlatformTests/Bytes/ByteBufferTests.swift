import Testing

@testable import Platform

@Suite struct ByteBufferTests {
    @Test func whatIsConsumedIsGoneAndTheRestStays() {
        var buffer = ByteBuffer()
        buffer.append("abc")
        buffer.append([100, 101])
        buffer.consume(2)
        #expect(buffer.bytes == Array("cde".utf8))
        buffer.consume(3)
        #expect(buffer.isEmpty)
    }

    /// A front of dead bytes is removed once it is more than is kept and more than what lives.
    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func aDeadFrontIsRemovedOnceItIsWorthIt(beyond: Int, isRemoved: Bool) {
        let dead = ByteBuffer.keptCapacity + beyond
        var buffer = ByteBuffer([UInt8](repeating: 1, count: dead + 10))
        buffer.consume(dead)
        buffer.withArray { array in
            #expect(array.count == (isRemoved ? 10 : dead + 10))
            array.append(2)
        }
        #expect(buffer.bytes == [UInt8](repeating: 1, count: 10) + [2])
    }

    @Test func aWriterInPlaceDoesNotGrowABufferThatIsReadMeanwhile() {
        var buffer = ByteBuffer([UInt8](repeating: 1, count: 100))
        for _ in 0..<10_000 {
            buffer.withArray { $0 += [UInt8](repeating: 1, count: 100) }
            buffer.consume(100)
        }
        #expect(buffer.count == 100)
        #expect(buffer.capacity < 4 * ByteBuffer.keptCapacity)
    }
}
