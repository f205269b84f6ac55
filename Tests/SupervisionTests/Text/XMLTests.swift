import Testing

@testable import Supervision

@Suite struct XMLTests {
    @Test func elementsAndTheirTextAreRead() throws {
        let text = """
            <?xml version="1.0"?>
            <!DOCTYPE a PUBLIC "-//X//DTD" "http://x.example/a.dtd">
            <!-- <b> is not here -->
            <a id="1 > 0"><b>x &amp; y&#10;&#x65e5;</b><c/><b>second</b><d><![CDATA[<raw> & so]]></d></a>
            """
        let root = try #require(XMLElement.parse(text))
        #expect(root.name == "a")
        #expect(root["b"]?.text == "x & y\n日")
        #expect(root["c"]?.text == "")
        #expect(root.children.map(\.name) == ["b", "c", "b", "d"])
        #expect(root.text("d") == "<raw> & so")
        #expect(root.text("b", "none") == nil)
    }

    @Test func whatIsNotWellFormedIsNothing() {
        for text in [
            "", "text", "<a>", "<a></b>", "<a><b></a></b>", "</a>", "<a", "<a>&unknown;</a>", "<a>&amp</a>", "<>x</>",
            "<a><!-- </a>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a>&#xd800;</a>",
        ] { #expect(XMLElement.parse(text) == nil, "\(text)") }
    }

    @Test func depthHasALimit() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(XMLElement.parse(nested(XMLElement.depthLimit - 1)) != nil)
        #expect(XMLElement.parse(nested(XMLElement.depthLimit)) != nil)
        #expect(XMLElement.parse(nested(XMLElement.depthLimit + 1)) == nil)
    }

    @Test func whatXMLCannotCarryIsRefused() throws {
        #expect(try XMLText.escaped("a<&>\"\r\n\tü", "f") == "a&lt;&amp;&gt;&quot;&#13;&#10;&#9;ü")
        for text in ["\u{0}", "\u{1b}[", "\u{ffff}"] {
            #expect(throws: SupervisionError.self) { try XMLText.escaped(text, "f") }
        }
    }

    @Test func textOfWindowsIsReadInWhicheverEncodingItCame() {
        let file = RenderedFile(path: "/f", text: "ü日🦞\r\n", encoding: .utf16)
        #expect(file.bytes.prefix(4) == [0xff, 0xfe, 0xfc, 0])
        #expect(RenderedFile.decoded(file.bytes) == "ü日🦞\r\n")
        #expect(
            RenderedFile.decoded(Array(RenderedFile(path: "", text: "C:\\", encoding: .utf16).bytes[2...])) == "C:\\")
        #expect(RenderedFile.decoded(Array("ü".utf8)) == "ü")
        #expect(RenderedFile.decoded([0xef, 0xbb, 0xbf, 0x61]) == "a")
        for bytes: [UInt8] in [[], [0x61], [0xff, 0xfe], [0xff, 0xfe, 0x61], [0xff]] { _ = RenderedFile.decoded(bytes) }
    }
}
