import Platform
import Testing

@testable import Channels

struct TelegramPlaceTests {
    @Test func aPlaceIsReadAsItWasWritten() {
        var place = TelegramPlace()
        #expect(TelegramPlace(cursor: place.cursor) == place)
        place.offset = 1001
        place.at = WallTime(milliseconds: 1_790_000_000_123)
        place.note("-5", became: "-1005")
        place.note("-6", became: "-1006")
        #expect(TelegramPlace(cursor: place.cursor) == place)
        #expect(place.now("-5") == "-1005" && place.before("-1006") == "-6")
        #expect(place.now("7") == "7" && place.before("7") == nil)
    }

    /// So a place was written before it held more.
    @Test func aNumberAloneIsAPlace() {
        let place = TelegramPlace(cursor: "1001")
        #expect(place.offset == 1001 && place.at == nil && place.moves.isEmpty)
    }

    @Test(arguments: [
        "", "x", "{}", "[]", "{\"v\":2,\"offset\":7}",
        "{\"v\":1,\"offset\":\"7\",\"at\":true,\"moves\":[7,[\"a\"],[1,2]]}",
    ])
    func nonsenseIsNoPlace(cursor: String) { #expect(TelegramPlace(cursor: cursor) == TelegramPlace()) }

    @Test(arguments: [TelegramPlace.mostMoves - 1, TelegramPlace.mostMoves, TelegramPlace.mostMoves + 1])
    func theOldestMoveIsForgotten(count: Int) {
        var place = TelegramPlace()
        for number in 1...count {
            let isNews = place.note("-\(number)", became: "-100\(number)")
            let isNewsAgain = place.note("-\(number)", became: "-100\(number)")
            #expect(isNews && !isNewsAgain)
        }
        #expect(place.moves.count == min(count, TelegramPlace.mostMoves))
        #expect((place.now("-1") == "-1") == (count > TelegramPlace.mostMoves))
        #expect(place.now("-\(count)") == "-100\(count)")
    }

    @Test func movesNeverLeadInACircle() {
        var place = TelegramPlace()
        place.note("-5", became: "-6")
        place.note("-6", became: "-5")
        #expect(place.now("-5") == "-5" && place.now("-6") == "-5")
        let isNews = place.note("-7", became: "-7")
        #expect(!isNews)
    }
}
