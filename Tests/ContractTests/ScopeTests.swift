import Contract
import Testing

@Suite struct ScopeTests {
    /// What each implies (protocol.md section 4).
    static let implied: [Scope: Set<Scope>] = [
        .admin: Set(Scope.allCases), .write: [.write, .read, .talk], .read: [.read], .approvals: [.approvals],
        .pairing: [.pairing], .talk: [.talk], .talkSecrets: [.talkSecrets], .questions: [.questions],
    ]

    @Test func eachCoversWhatItImpliesAndNothingElse() {
        for scope in Scope.allCases {
            for other in Scope.allCases {
                let covers = Self.implied[scope]?.contains(other) == true
                #expect(scope.covers(other) == covers, "\(scope) \(other)")
                #expect(GrantedScopes([scope]).includes(other) == covers, "\(scope) \(other)")
                #expect(Set([scope]).grants(other) == covers, "\(scope) \(other)")
            }
        }
    }

    @Test func severalGrantWhatEachOfThemDoes() {
        let granted = GrantedScopes([.read, .pairing])
        #expect(Scope.allCases.filter(granted.includes) == [.read, .pairing])
        #expect(Scope.allCases.filter(GrantedScopes([]).includes) == [])
    }

    @Test func askingNeverGrantsMore() {
        #expect(Set<Scope>([.read]).covered([.admin, .write, .read]) == [.read])
        #expect(Set<Scope>([.write]).covered([.admin, .read, .talk]) == [.read, .talk])
        #expect(Set<Scope>([.admin]).covered([.admin, .questions]) == [.admin, .questions])
    }
}
