import Platform
import Testing

@testable import Settings

/// What a merge patch does to lists: a client that has read half of one must not cut it to that half unseen.
@Suite struct ConfigPatchTests {
    private static let old = """
        {
          proxies: ['10.0.0.1', '10.0.0.2'], // both of them
          empty: [],
          agents: { list: [
            { id: 'home', skills: ['a', 'b'] }, // the first
            { id: 'work', token: 'kept', skills: ['c'] },
          ] },
          hooks: { 'a.b': { allow: ['x'] } },
        }
        """

    private func patched(_ patch: String, _ replacing: [String] = []) throws -> JSON5Document {
        try ConfigChange.patch(patch, replacing: replacing).applied(to: JSON5Document(Self.old))
    }

    private func refused(_ patch: String, _ replacing: [String] = []) -> [String]? {
        do {
            _ = try patched(patch, replacing)
            return []
        } catch {
            if case .shrinksLists(let lists)? = error as? ConfigWriteError { return lists }
            return nil
        }
    }

    @Test(arguments: [
        ("{proxies: ['10.0.0.1']}", ["proxies"]), ("{proxies: []}", ["proxies"]), ("{proxies: null}", ["proxies"]),
        ("{proxies: 'none'}", ["proxies"]), ("{proxies: ['10.0.0.1', '10.0.0.1']}", ["proxies"]),
        ("{empty: null}", ["empty"]),
        ("{agents: null}", ["agents.list"]), ("{agents: {list: null}}", ["agents.list"]),
        ("{agents: {list: []}}", ["agents.list"]), ("{agents: {list: [{name: 'no id'}]}}", ["agents.list"]),
        ("{agents: {list: [{id: 'home', skills: ['a']}]}}", ["agents.list[].skills"]),
        ("{hooks: {'a.b': {allow: []}}}", ["hooks.a.b.allow"]), ("{hooks: 7}", ["hooks.a.b.allow"]),
        ("{proxies: null, empty: null}", ["proxies", "empty"]),
    ])
    func aListThatWouldLoseElementsHasToBeNamed(_ patch: String, _ lists: [String]) throws {
        #expect(refused(patch) == lists)
        #expect(refused(patch, lists) == [])
        // The parent's name and a wildcard stand for nothing beneath them.
        #expect(refused(patch, ["agents", "*", "hooks", "hooks.*", "", "[]", "proxies[0]"]) == lists)
    }

    @Test(arguments: [
        ("agents.list[].skills", true), (" agents.list[].skills ", true), ("agents.list[0].skills", true),
        ("agents.list[].skills[]", true), ("agents.list[].skills[0]", false), ("agents.list.skills", false),
        ("agents.list[].skill", false), ("agents.list[", false), ("[", false),
    ])
    func aListIsNamedWithOrWithoutTheNumbersOnTheWay(_ name: String, _ isNamed: Bool) {
        let patch = "{agents: {list: [{id: 'home', skills: []}]}}"
        #expect(refused(patch, [name]) == (isNamed ? [] : ["agents.list[].skills"]))
    }

    @Test(arguments: [
        "{proxies: ['10.0.0.1', '10.0.0.2']}", "{proxies: ['10.0.0.3', '10.0.0.2', '10.0.0.1']}", "{empty: []}",
        "{empty: ['a']}", "{agents: {list: [{id: 'new'}]}}",
        "{agents: {list: [{id: 'home', skills: ['b', 'a', 'd']}]}}",
    ])
    func whatOnlyGrowsOrMovesNeedsNoName(_ patch: String) { #expect(refused(patch) == []) }

    @Test func elementsWithIDsAreMergedByThem() throws {
        let document = try patched(
            "{agents: {list: [{id: 'new', skills: []}, {id: 'work', token: null, skills: ['c', 'd']}]}}")
        #expect(
            document.value["agents"] == [
                "list": [
                    ["id": "home", "skills": ["a", "b"]], ["id": "work", "skills": ["c", "d"]],
                    ["id": "new", "skills": []],
                ]
            ])
        #expect(document.text.contains("// the first") && document.text.contains("// both of them"))
    }

    @Test func aNamedListIsExactlyWhatThePatchSays() throws {
        let document = try patched("{agents: {list: [{id: 'work'}]}}", ["agents.list"])
        #expect(document.value["agents"] == ["list": [["id": "work"]]])
    }

    @Test func theMarkOfASecretStandsForTheSecret() throws {
        let old = try JSON5Document("{list: [{name: 'a', token: 'hidden'}]}")
        let patch = "{list: [{name: 'a', token: '\(SecretWalk.mark)'}, {name: 'b'}]}"
        #expect(try ConfigChange.patch(patch).applied(to: old).value["list"]?.array?.count == 2)
    }

    @Test func theRefusalNamesTheListsAndTheWayOut() {
        #expect(
            "\(ConfigWriteError.shrinksLists(["a", "b[].c"]))"
                == "the patch would remove elements of a, b[].c; to mean it, name these lists in replacePaths")
    }
}
