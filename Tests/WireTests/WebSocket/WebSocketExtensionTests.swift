import Testing
import Wire

@Suite struct WebSocketExtensionTests {
    private func described(_ fields: [String]) -> [String]? {
        WebSocketExtension.parse(fields)?.map { element in
            ([element.name] + element.parameters.map { "\($0.name):\($0.value ?? "-")" }).joined(separator: "|")
        }
    }

    @Test func listsOfExtensionsAreRead() {
        #expect(described([]) == [])
        #expect(described([""]) == [])
        #expect(described([" , ,"]) == [])
        #expect(described(["foo"]) == ["foo"])
        #expect(described(["foo; bar; baz=2"]) == ["foo|bar:-|baz:2"])
        #expect(described(["foo;bar=\"x\"", "a , b;c"]) == ["foo|bar:x", "a", "b|c:-"])
        #expect(described(["foo ; bar = \"x\\y\" ,\tb,"]) == ["foo|bar:xy", "b"])
        #expect(described(["deflate-stream", "mux; max-channels=4; flow-control, deflate-stream"])?.count == 3)
    }

    @Test(arguments: [
        "foo bar", "foo;", "foo;=1", "foo; bar=", "=1", ";", "foo; bar=\"", "foo; bar=\"a b\"", "foo; bar=\"\"",
        "foo; bar=\"a\\", "foo; bar=\"a\"b", "foo;; bar", "fo\u{f6}", "foo/1", "foo,bar;",
    ])
    func malformedListsAreRefused(field: String) {
        #expect(described([field]) == nil)
        #expect(described(["good", field]) == nil)
    }
}
