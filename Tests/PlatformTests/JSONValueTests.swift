import Testing

@testable import Platform

@Test func literalsAndAccessorsReadNaturally() {
    var value: JSON = ["a": [1, 2.5, "x", nil, true], "b": ["c": "d"]]
    #expect(value["a"]?[0]?.int == 1)
    #expect(value["a"]?[1]?.double == 2.5)
    #expect(value["a"]?[2]?.string == "x")
    #expect(value["a"]?[3]?.isNull == true)
    #expect(value["a"]?[4]?.bool == true)
    #expect(value["a"]?[5] == nil)
    #expect(value["a"]?[-1] == nil)
    #expect(value["b"]?["c"] == "d")
    #expect(value["c"] == nil)
    #expect(value[0] == nil)
    value["n"] = 5
    value["a"] = nil
    #expect(value == ["b": ["c": "d"], "n": 5])
    var fresh = JSON.null
    fresh["x"] = 1
    #expect(fresh == ["x": 1])
}

@Test func objectsKeepTheirOrderAndCompareWithoutIt() {
    let a: JSON = ["x": 1, "y": 2, "z": 3]
    let b: JSON = ["z": 3, "x": 1, "y": 2]
    #expect(a == b)
    #expect(a.object?.keys == ["x", "y", "z"])
    #expect(a != ["x": 1, "y": 2])
    #expect(a != ["x": 1, "y": 2, "w": 3])
    #expect(JSON.int(1) != .double(1))
}

@Test func keysAreComparedByTheirBytes() {
    // Both are one letter with an accent, and equal as Swift strings.
    var object = JSONObject()
    object["e\u{301}"] = 1
    object["\u{E9}"] = 2
    #expect(object.count == 2)
    #expect(object["e\u{301}"] == 1)
    #expect(object["\u{E9}"] == 2)
    #expect(JSON.string("e\u{301}") != .string("\u{E9}"))
    for number in 0..<100 { object["k\(number)"] = .int(Int64(number)) }
    #expect(object["e\u{301}"] == 1)
    #expect(object["\u{E9}"] == 2)
}

@Test func objectsBehaveTheSameOnBothSidesOfTheIndex() {
    for count in JSONObject.indexThreshold - 1...JSONObject.indexThreshold + 2 {
        var object = JSONObject((0..<count).map { ("k\($0)", .int(Int64($0))) })
        #expect(object.keys == (0..<count).map { "k\($0)" })
        object["k3"] = "three"
        #expect(object["k3"] == "three")
        #expect(object.removeValue(forKey: "k0") == 0)
        #expect(object.removeValue(forKey: "k0") == nil)
        #expect(object["k0"] == nil)
        #expect(object["k\(count - 1)"] == .int(Int64(count - 1)))
        object["k0"] = "new"
        #expect(object.keys.last == "k0")
        #expect(object["k0"] == "new")
        #expect(object.count == count)
    }
}

@Test func pointersFollowRFC6901() throws {
    let value: JSON = [
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "m~n": 8, " ": 7, "k\"l": 6, "o": ["1": "one"],
    ]
    for (text, expected) in [
        ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3), ("/m~0n", 8),
        ("/ ", 7), ("/k\"l", 6), ("/o/1", "one"), ("", value),
    ] as [(String, JSON)] {
        let pointer = try #require(JSONPointer(text))
        #expect(value[pointer] == expected, "\(text)")
        #expect(pointer.description == text)
    }
    for text in ["/foo/2", "/foo/01", "/foo/-1", "/foo/+1", "/foo/", "/foo/x", "/nothing", "/a~1b/c", "/foo/0/0"] {
        #expect(value[try #require(JSONPointer(text))] == nil, "\(text)")
    }
    for text in ["foo", "/a~", "/a~2", "#/a"] { #expect(JSONPointer(text) == nil, "\(text)") }
    #expect(JSONPointer(["~1", "/"]).description == "/~01/~1")
}
