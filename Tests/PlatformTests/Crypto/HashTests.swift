import Platform
import Testing

@Suite struct HashTests {
    /// FIPS 180-4 examples and the empty message.
    @Test func knownMessagesHaveTheirKnownDigests() {
        #expect(Hex.encode(SHA1.hash("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            Hex.encode(SHA256.hash("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Hex.encode(SHA256.hash("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            Hex.encode(SHA512.hash("abc"))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
    }

    /// RFC 6455 section 1.3.
    @Test func theWebSocketHandshakeOfTheStandardComesOut() {
        let key = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        #expect(Base64.standard.encode(SHA1.hash(key)) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func piecesGiveTheDigestOfTheWholeAndACopyGoesItsOwnWay() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        for size in [1, 63, 64, 65, 999] {
            var hash = SHA256()
            for start in stride(from: 0, to: bytes.count, by: size) {
                hash.update(bytes.span.extracting(start..<min(bytes.count, start + size)))
            }
            var other = hash
            other.update(bytes.span)
            #expect(hash.finish() == SHA256.hash(bytes))
            #expect(other.finish() == SHA256.hash(bytes + bytes))
        }
    }

    /// RFC 4231, cases 1, 2, 6 (a key longer than a block), and RFC 2202 case 1.
    @Test func knownKeysHaveTheirKnownCodes() {
        let greeting = Array("Hi There".utf8)
        let key = [UInt8](repeating: 0x0b, count: 20)
        #expect(
            Hex.encode(HMAC<SHA256>.authenticate(greeting, key: key))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            Hex.encode(HMAC<SHA256>.authenticate(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = [UInt8](repeating: 0xaa, count: 131)
        #expect(
            Hex.encode(
                HMAC<SHA256>.authenticate(
                    Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8), key: long))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        #expect(
            Hex.encode(HMAC<SHA1>.authenticate(greeting, key: key)) == "b617318655057264e28bc0b6fb378c8ef146be00")
        #expect(
            Hex.encode(HMAC<SHA512>.authenticate(greeting, key: key))
                == "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854")
    }

    @Test func keysOfABlockMoreAndLessAreKeptApart() {
        let codes = [63, 64, 65].map { count in
            HMAC<SHA256>.authenticate([1], key: [UInt8](repeating: 7, count: count))
        }
        #expect(Set(codes).count == 3)
    }

    @Test func secretsAreEqualOnlyIfAllBytesAre() {
        #expect(constantTimeEqual("token", "token"))
        #expect(constantTimeEqual("", ""))
        #expect(!constantTimeEqual("token", "tokem"))
        #expect(!constantTimeEqual("token", "token "))
        #expect(!constantTimeEqual("", "token"))
        #expect(!constantTimeEqual([0], [0, 0]))
    }

    @Test func randomBytesComeInEveryLengthAndDiffer() {
        for count in [0, 1, 255, 256, 257, 1000] { #expect(SecureRandom.bytes(count).count == count) }
        #expect(SecureRandom.bytes(1000).suffix(300).contains { $0 != 0 })
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
        var generator = SecureRandom()
        #expect(generator.next() != generator.next())
    }
}
