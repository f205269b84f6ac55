import Platform
import Testing

@Suite struct Ed25519Tests {
    /// RFC 8032 section 7.1, tests 1 to 3.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                + "387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
                + "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ])
    func theVectorsOfTheStandardComeOut(secret: String, open: String, message: String, signature: String) throws {
        let key = try #require(Ed25519.PrivateKey(rawBytes: Hex.decode(secret)!))
        let bytes = Hex.decode(message)!
        #expect(Hex.encode(key.publicKey.rawBytes) == open)
        #expect(Hex.encode(key.sign(bytes)) == signature)
        #expect(key.publicKey.isValid(Hex.decode(signature)!, for: bytes))
    }

    @Test func aChangedMessageSignatureOrKeyIsNotValid() throws {
        let key = Ed25519.PrivateKey()
        let message = Array("device|operator|1700000000".utf8)
        let signature = key.sign(message)
        #expect(key.publicKey.isValid(signature, for: message))
        #expect(!key.publicKey.isValid(signature, for: message + [0]))
        #expect(!Ed25519.PrivateKey().publicKey.isValid(signature, for: message))
        for index in [0, 31, 32, 63] {
            var changed = signature
            changed[index] ^= 1
            #expect(!key.publicKey.isValid(changed, for: message))
        }
    }

    @Test func onlyTheRightLengthsAreKeysAndSignatures() throws {
        for count in [0, 31, 33, 64] {
            let bytes = [UInt8](repeating: 1, count: count)
            #expect(Ed25519.PrivateKey(rawBytes: bytes) == nil)
            #expect(Ed25519.PublicKey(rawBytes: bytes) == nil)
        }
        let key = Ed25519.PrivateKey()
        for count in [0, 63, 65] {
            #expect(!key.publicKey.isValid([UInt8](repeating: 1, count: count), for: []))
        }
    }

    @Test func aKeyComesBackFromItsBytesAndNoTwoAreAlike() throws {
        let key = Ed25519.PrivateKey()
        let again = try #require(Ed25519.PrivateKey(rawBytes: key.rawBytes))
        #expect(again.publicKey == key.publicKey)
        #expect(Ed25519.PrivateKey().rawBytes != key.rawBytes)
    }
}
