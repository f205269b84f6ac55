import Testing

@testable import Platform

@Test func distanceCountsSingleSteps() {
    for (a, b, distance) in [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("port", "port", 0), ("prot", "port", 1), ("kitten", "sitting", 3),
        ("flaw", "lawn", 2), ("ca", "abc", 3), ("gateway", "gatway", 1), ("status", "statsu", 1),
    ] {
        #expect(NearestName.steps(Array(a.unicodeScalars), Array(b.unicodeScalars)) == distance, "\(a) \(b)")
        #expect(NearestName.steps(Array(b.unicodeScalars), Array(a.unicodeScalars)) == distance, "\(b) \(a)")
    }
}

@Test func namesTheNearest() {
    let commands = ["gateway", "status", "doctor", "logs", "config"]
    for (typed, meant) in [
        ("gatway", "gateway"), ("stauts", "status"), ("doc", nil), ("log", "logs"), ("LOGS", "logs"),
        ("cnofig", "config"),
        ("x", nil), ("", nil), ("zzzzzz", nil), (String(repeating: "g", count: 65), nil),
    ] as [(String, String?)] {
        #expect(NearestName.nearest(to: typed, among: commands) == meant, "\(typed)")
    }
    #expect(NearestName.nearest(to: "a", among: ["b"]) == nil)
    #expect(NearestName.nearest(to: "bind", among: ["bin", "bindd"]) == "bin")
}

@Test func longNamesAreLeftAlone() {
    let limit = NearestName.longestName
    for length in limit - 1...limit + 1 {
        let name = String(repeating: "x", count: length)
        #expect((NearestName.nearest(to: name, among: [name]) != nil) == (length <= limit))
        #expect((NearestName.nearest(to: String(name.dropLast()), among: [name]) != nil) == (length <= limit))
    }
}
