import Testing

@testable import CLI

@Suite struct ShellVariablesTests {
    private func values(_ text: String) -> [String: String] {
        ShellVariables(text, names: Set(ScriptImport.names)).found.compactMapValues(\.value)
    }

    @Test func everyWayOfWritingIsRead() {
        #expect(
            values(
                """
                #!/bin/bash
                # PRIMARY_IP=1.1.1.1
                export PRIMARY_IP="100.64.0.1"   # the VPN's
                readonly PRIMARY_PORT='18790'; FAIL_THRESHOLD=${FAIL_THRESHOLD:-4}
                : "${CHECK_INTERVAL:=15}"
                  SECRETS_HOST=me@vault
                """) == [
                    "PRIMARY_IP": "100.64.0.1", "PRIMARY_PORT": "18790", "FAIL_THRESHOLD": "4",
                    "CHECK_INTERVAL": "15", "SECRETS_HOST": "me@vault",
                ])
        #expect(
            values("[Service]\nEnvironment=PRIMARY_IP=10.0.0.7\nEnvironment=\"FAIL_THRESHOLD=5\" CHECK_INTERVAL=9\r\n")
                == [
                    "PRIMARY_IP": "10.0.0.7", "FAIL_THRESHOLD": "5", "CHECK_INTERVAL": "9",
                ])
    }

    @Test func theLastSettingCountsAndOthersAreNone() {
        #expect(values("PRIMARY_IP=a\nPRIMARY_IP=b\nMY_PRIMARY_IP=c\necho PRIMARY_IP\n") == ["PRIMARY_IP": "b"])
        #expect(values("PRIMARY_IP=\n") == ["PRIMARY_IP": ""])
        #expect(values("PRIMARY_IP=\"a\"'b'\\c\n") == ["PRIMARY_IP": "abc"])
    }

    @Test func whatIsComputedIsNotGuessed() {
        for text in ["$(cat ip)", "\"$OTHER\"", "`cat ip`", "${IP:-$OTHER}", "x$((1+1))", "$1"] {
            let found = ShellVariables("A=1\nPRIMARY_IP=\(text)\n", names: ["PRIMARY_IP"]).found["PRIMARY_IP"]
            #expect(found?.value == nil && found?.line == 2, "\(text)")
        }
        #expect(values("PRIMARY_IP='$HOME'\n") == ["PRIMARY_IP": "$HOME"])
    }

    @Test func anyTextIsRead() {
        for text in [
            "", "'", "\"", "${", "$(", "\\", "PRIMARY_IP=${", "PRIMARY_IP='x", "=", "PRIMARY_IP", "Environment=",
        ] {
            #expect(ShellVariables(text, names: ["PRIMARY_IP"]).found.count <= 1, "\(text)")
        }
    }
}
