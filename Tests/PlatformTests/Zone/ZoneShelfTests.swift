import Support
import Testing

@testable import Platform

@Suite struct ZoneShelfTests {
    @Test(arguments: [
        "../etc/passwd", "/etc/localtime", "Europe/../../etc/passwd", "Europe//Berlin", "Europe/", "", ".",
        "Europe/Ber lin",
        "Europe/Berlin\0", "zone.tab", "Étc/UTC", String(repeating: "a", count: 65),
    ])
    func aNameThatIsNoZonesNameReachesNoFile(_ name: String) async throws {
        await #expect(throws: ZoneShelf.Problem.badName(name)) { try await onLoop { try ZoneShelf().zone(name) } }
        #expect(ZoneShelf.Problem.badName(name).description.contains("Europe/Berlin"))
    }

    @Test func aZoneThatIsNotThereIsNamed() async throws {
        let problem = await problem("Europe/Atlantis", ZoneShelf.directory)
        #expect(problem == .unknown("Europe/Atlantis", directory: ZoneShelf.directory))
        // A directory of zones is none itself.
        let directory = await self.problem("Europe", ZoneShelf.directory)
        #expect(directory == .unknown("Europe", directory: ZoneShelf.directory))
    }

    @Test func aMachineWithoutZonesIsToldWhatToInstall() async throws {
        let scratch = ScratchDirectory()
        let problem = try #require(await problem("Europe/Berlin", scratch.path))
        #expect(problem == .noZones("Europe/Berlin", directory: scratch.path))
        #expect("\(problem)".contains("Europe/Berlin") && "\(problem)".contains("tzdata"))
        // UTC needs no file.
        let utc = try await onLoop { try ZoneShelf(scratch.path).zone("UTC") }
        #expect(utc == .utc)
    }

    @Test func aDamagedFileIsToldApartWhereverItEnds() async throws {
        let bytes = try await FileReading.read(ZoneShelf.directory + "/Australia/Lord_Howe", limit: ZoneFile.bytesLimit)
        #expect(try ZoneFile.read(bytes, name: "x").rule != nil)
        for count in 0..<bytes.count {
            #expect(throws: ZoneFile.Problem.self) { try ZoneFile.read(Array(bytes.prefix(count)), name: "x") }
        }
        var random = SeededRandom(seed: 11)
        for _ in 0..<5000 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? ZoneFile.read(changed, name: "x").stretch(at: Int64.random(in: -1 << 40...1 << 40, using: &random))
        }
    }

    @Test func theMachinesOwnZoneIsWhatTZSays() async throws {
        try await onLoop {
            let shelf = ZoneShelf()
            let summer = WallTime(seconds: 1_815_000_000)
            #expect(shelf.local(["TZ": "Asia/Kolkata"]).offset(at: summer) == 19_800)
            #expect(shelf.local(["TZ": ":Asia/Kolkata"]).offset(at: summer) == 19_800)
            #expect(shelf.local(["TZ": "CET-1CEST,M3.5.0,M10.5.0/3"]).offset(at: summer) == 7200)
            #expect(shelf.local(["TZ": "nowhere!"]) == .utc)
            #expect(shelf.local([:]).offset(at: summer) == LocalTime.offset(at: summer))
        }
    }

    private func problem(_ name: String, _ directory: String) async -> ZoneShelf.Problem? {
        do {
            _ = try await onLoop { try ZoneShelf(directory).zone(name) }
            return nil
        } catch {
            return error as? ZoneShelf.Problem
        }
    }
}
