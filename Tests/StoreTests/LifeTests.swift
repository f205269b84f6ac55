import Platform
import Store
import Support
import Testing

extension StoreTests {
    @Suite struct Life {
        @Test func closingConfirmsWhatWaitsAndLeavesOneFile() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let writers = (1...100).map { id in startTask { try await store.addNote(id) } }
                await Task.yield()
                await store.close()
                var confirmed = 0
                for writer in writers {
                    do {
                        try await writer.value
                        confirmed += 1
                    } catch {
                        #expect(error as? StoreError == .closed)
                    }
                }
                #expect(directory.names == ["openclaw.sqlite"])
                let again = try await Store.open(directory)
                #expect(try await again.noteIDs().count == confirmed)
                await again.close()
            }
        }

        @Test func aWriteThatWaitedWhenTheStoreBeganToCloseIsConfirmed() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let gate = Gate()
                let holder = try await store.hold(at: gate)
                let writers = (1...10).map { id in startTask { try await store.addNote(id) } }
                try await turns { store.waitingWrites == 10 }
                let closing = startTask { await store.close() }
                let second = startTask { await store.close() }
                gate.open()
                try await holder.value
                for writer in writers { try await writer.value }
                try await closing.value
                try await second.value
                let again = try await Store.open(directory)
                #expect(try await again.noteIDs() == Array(1...10))
                await again.close()
            }
        }

        @Test func aClosedStoreRefusesEverything() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                await store.close()
                await store.close()
                #expect(await error { () throws(StoreError) in try await store.addNote(1) } == .closed)
                #expect(await error { () throws(StoreError) in _ = try await store.noteIDs() } == .closed)
                #expect(await error { () throws(StoreError) in try await store.check() } == .closed)
            }
        }

        @Test func onlyTheOwnerMayReadTheFiles() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                try await store.addNote(1)
                _ = try await store.noteIDs()
                #expect(directory.mode(directory.path + "/state") == 0o700)
                #expect(directory.names == ["openclaw.sqlite", "openclaw.sqlite-shm", "openclaw.sqlite-wal"])
                for name in directory.names { #expect(directory.mode(directory.path + "/state/" + name) == 0o600) }
                await store.close()
            }
        }

        @Test func openingAndClosingLeavesNoDescriptors() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                for round in 0..<10 {
                    let store = try await Store.open(directory)
                    try await store.addNote(round)
                    _ = try await store.noteIDs()
                    try await store.check()
                    #expect(directory.descriptors > 0)
                    await store.close()
                    #expect(directory.descriptors == 0)
                }
            }
        }

        @Test func aDirectoryThatCannotBeMadeIsAnErrorThatNamesTheStore() async throws {
            try await onLoop {
                let failed = await error { () throws(StoreError) in
                    _ = try await Store.open(at: "/proc/nowhere/openclaw.sqlite", schema: .notes)
                }
                guard case .cannotOpen(let path, let reason) = failed else {
                    throw StoreError.rejected("opened: \(String(describing: failed))")
                }
                #expect(path == "/proc/nowhere/openclaw.sqlite")
                #expect(reason.contains("mkdir"))
            }
        }

        @Test func aCheckIsCutShortWhenTheStoreCloses() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let check = startTask { try await store.check() }
                let close = startTask { await store.close() }
                _ = try? await check.value
                try await close.value
                #expect(directory.descriptors == 0)
                let stop = StopFlag()
                stop.raise()
                let engine = SQLiteEngine(path: directory.store, schema: .notes)
                #expect(throws: StoreError.closed) { try engine.findDamage(stop) }
            }
        }

        // MARK: Unclean stops

        @Test func aKilledStoreKeepsWhatWasConfirmedAndAsksForACheck() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                #expect(!store.stoppedUncleanly)
                try await store.addNote(1)
                let image = directory.imageOfKilledStore()
                await store.close()

                let recorder = EventRecorder()
                let again = try await Store.open(image, recorder: recorder)
                #expect(again.stoppedUncleanly)
                #expect(try await again.noteIDs() == [1])
                #expect(try await again.check() == nil)
                #expect(recorder.events == [.sound])
                await again.close()
                let third = try await Store.open(image)
                #expect(!third.stoppedUncleanly)
                await third.close()
            }
        }

        @Test func aCheckThatWasOwedStaysOwedUntilItRan() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                try await store.addNote(1)
                let image = directory.imageOfKilledStore()
                await store.close()
                for _ in 0..<2 {
                    let again = try await Store.open(image)
                    #expect(again.stoppedUncleanly)
                    await again.close()
                }
            }
        }

        @Test func aKilledStoreThatWroteNothingOwesNoCheck() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                _ = try await store.noteIDs()
                let image = directory.imageOfKilledStore()
                await store.close()
                let again = try await Store.open(image)
                #expect(!again.stoppedUncleanly)
                await again.close()
            }
        }
    }
}
