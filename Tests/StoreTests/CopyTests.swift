import Platform
import Support
import Testing

@testable import Store

@Suite struct CopyTests {
    @Test func aCopyHoldsWhatWasCommittedWhileAWriterIsAtWork() throws {
        let scratch = ScratchDirectory()
        scratch.write("", to: "a.sqlite")
        let writer = try SQLiteConnection(scratch.path("a.sqlite"), .writer)
        try writer.useLog(durable: false)
        try writer.run("CREATE TABLE t (x INTEGER)")
        try writer.run("INSERT INTO t VALUES (1)")
        try writer.run("BEGIN IMMEDIATE")
        try writer.run("INSERT INTO t VALUES (2)")
        try StoreCopy.make(of: scratch.path("a.sqlite"), at: scratch.path("b.sqlite"))
        try writer.run("COMMIT")
        writer.close(clean: true)
        #expect(try StoreCopy.damage(of: scratch.path("b.sqlite")).isEmpty)
        let copy = try SQLiteConnection(scratch.path("b.sqlite"), .reader)
        #expect(try copy.number("SELECT count(*) FROM t") == 1)
        copy.close(clean: false)
    }

    @Test func damageIsSaid() throws {
        let scratch = ScratchDirectory()
        scratch.write("SQLite format 3\0" + String(repeating: "x", count: 5000), to: "a.sqlite")
        #expect(try !StoreCopy.damage(of: scratch.path("a.sqlite")).isEmpty)
    }
}
