import Channels
import Testing

struct PlaceRulesTests {
    private func place(_ change: (inout PlaceRules) -> Void) -> PlaceRules {
        var rules = PlaceRules()
        change(&rules)
        return rules
    }

    @Test func whatIsNotSaidOfAPlaceIsAsInTheCommonOne() throws {
        let map = PlaceRules.Map([
            "*": place {
                $0.requireMention = false; $0.isEnabled = true
            }, "-100": place { $0.isEnabled = false },
        ])
        guard case .listed(let rules) = map.rules(along: [["-100"]]) else { throw Missing() }
        #expect(rules.isEnabled == false && rules.requireMention == false)
    }

    @Test func topicsInheritAndAnUnknownOneIsTheGroup() throws {
        var group = place {
            $0.requireMention = false; $0.senders = SenderList(["1"])
        }
        group.children = .init(["7": place { $0.requireMention = true }])
        let map = PlaceRules.Map(["-100": group])
        guard case .listed(let topic) = map.rules(along: [["-100"], ["7"]]) else { throw Missing() }
        #expect(topic.requireMention == true && topic.senders == SenderList(["1"]))
        guard case .listed(let other) = map.rules(along: [["-100"], ["8"]]) else { throw Missing() }
        #expect(other.requireMention == false)
    }

    @Test func oneChannelOfAGuildMakesItsChannelsAList() {
        var guild = place { $0.childrenBind = true }
        let free = PlaceRules.Map(["1": guild])
        #expect(free.rules(along: [["1"], ["5"]]) == .listed(guild))
        guild.children = .init(["5": PlaceRules()])
        let bound = PlaceRules.Map(["1": guild])
        #expect(bound.rules(along: [["1"], ["6"]]) == .notListed)
        guard case .listed = bound.rules(along: [["1"], ["thread", "5"]]) else {
            Issue.record("the parent counts"); return
        }
    }

    @Test func aListOfPeopleGivesWayToTheInnerOneWhole() {
        var guild = place {
            $0.senders = SenderList(["1"]); $0.roles = ["admin"]
        }
        guild.children = .init(["5": place { $0.senders = SenderList(["*"]) }])
        guard case .listed(let rules) = PlaceRules.Map(["g": guild]).rules(along: [["g"], ["5"]]) else {
            Issue.record("not listed")
            return
        }
        #expect(rules.senders == SenderList(["*"]) && rules.roles == nil)
    }

    @Test func noMapAndAnEmptyOneAreNotTheSame() {
        #expect(PlaceRules.Map().rules(along: [["x"]]) == .noMap)
        #expect(PlaceRules.Map([:]).rules(along: [["x"]]) == .notListed)
    }

    private struct Missing: Error {}
}

struct SenderListTests {
    private func sender(_ id: String, name: String? = nil) -> InboundMessage.Sender { .init(id: id, name: name) }

    @Test func prefixesAndCaseDoNotCount() {
        let list = SenderList([" TG:42 ", "telegram:43"], prefixes: ["tg", "telegram"])
        #expect(list.includes(sender("42")) && list.includes(sender("43")) && !list.includes(sender("44")))
    }

    @Test func namesCountOnlyWhereTheyAreAllowed() {
        #expect(!SenderList(["alice"]).includes(sender("7", name: "Alice")))
        #expect(SenderList(["alice"], matchesNames: true).includes(sender("7", name: "Alice")))
    }

    @Test func emptyEntriesAreNobody() {
        #expect(SenderList(["", " ", "tg:"], prefixes: ["tg"]).isEmpty)
        #expect(!SenderList(["", "tg:"], prefixes: ["tg"]).includes(sender("")))
    }

    @Test func ownersAreNamedWithTheirChannel() {
        let owners = OwnerList(["telegram:42", "*", "7"])
        #expect(owners.includes(sender("42"), of: "telegram"))
        #expect(!owners.includes(sender("42"), of: "discord"))
        #expect(!owners.includes(sender("7"), of: "telegram") && !owners.includes(sender(""), of: "telegram"))
    }
}
