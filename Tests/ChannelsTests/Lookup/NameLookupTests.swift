import Platform
import Support
import Testing

@testable import Channels

/// A directory of what the test says.
@LoopActor
private final class ListedDirectory: Directory {
    var entries: [DirectoryEntry] = []
    var fault: ConnectorFault?
    private(set) var words: [[String]] = []

    func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage { try find(search, .person) }
    func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage { try find(search, .chat) }
    func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage { .init() }

    private func find(_ search: DirectorySearch, _ kind: DirectoryEntry.Kind) throws(ConnectorFault) -> DirectoryPage {
        words.append(search.words)
        if let fault, kind == .person { throw fault }
        var page = DirectoryPage()
        for entry in entries where entry.kind == kind { _ = page.add(entry, search) }
        return page
    }
}

@Suite struct NameLookupTests {
    private static func find(
        _ names: [String], kind: DirectoryEntry.Kind? = nil, in entries: [DirectoryEntry], fault: ConnectorFault? = nil
    ) async throws -> (found: [FoundName], words: [[String]]) {
        try await onLoop {
            let directory = ListedDirectory()
            directory.entries = entries
            directory.fault = fault
            return (await NameLookup(directory, kind: kind).find(names), directory.words)
        }
    }

    private static let ada = DirectoryEntry(.person, "U1", name: "ada", title: "Ada L")
    private static let ops = DirectoryEntry(.chat, "C1", name: "ops")

    @Test func aSignSaysOfWhatANameIs() async throws {
        let person = DirectoryEntry(.person, "U2", name: "ops")
        let (found, _) = try await Self.find(["@ops", "#ops", "ops", "user:U2"], in: [person, Self.ops])
        #expect(found.map { $0.entry?.id } == ["U2", "C1", nil, "U2"])
        #expect(found[2].note == "2 have that name: U2, C1")
    }

    @Test func aKindThatIsGivenHolds() async throws {
        let (found, words) = try await Self.find(["ada", "@ada"], kind: .chat, in: [Self.ada, Self.ops])
        #expect(found.allSatisfy { $0.entry == nil } && words == [["ada", "@ada"]])
    }

    @Test func titlesAndIdsAreNamesToo() async throws {
        let (found, _) = try await Self.find(["Ada L", "u1", "ADA", "ad"], in: [Self.ada])
        #expect(found.map { $0.entry?.id } == ["U1", "U1", "U1", nil])
    }

    @Test func whoIsThereGoesBeforeWhoLeft() async throws {
        var left = DirectoryEntry(.person, "U9", name: "ada")
        left.isActive = false
        let (found, _) = try await Self.find(["ada"], in: [left, Self.ada])
        #expect(found[0].entry?.id == "U1")
        let (alone, _) = try await Self.find(["ada"], in: [left])
        #expect(alone[0].entry?.id == "U9")
    }

    @Test func whatOneListCannotTellTheOtherMay() async throws {
        let (found, _) = try await Self.find(
            ["ops", "ada"], in: [Self.ada, Self.ops], fault: .lasting("no scope", cure: "add users:read"))
        #expect(found[0].entry?.id == "C1")
        #expect(found[1].entry == nil && found[1].note == "no scope; add users:read")
    }
}
