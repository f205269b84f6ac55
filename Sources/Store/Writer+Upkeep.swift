/// What the writer thread does between commits: checkpoints, trouble with the disk, damage, the end.
extension Writer {
    // MARK: Trouble

    /// Remembers how the last commit went, and reports a change before any caller hears of it.
    func note(commit trouble: StoreError?) {
        commitTrouble = trouble
        reportTrouble()
    }

    private func reportTrouble() {
        let trouble = commitTrouble ?? settleTrouble
        guard trouble != reportedTrouble else { return }
        reportedTrouble = trouble
        report(.event(trouble.map { .troubled($0) } ?? .recovered))
    }

    /// Writes a little, to see whether a store in trouble can be written again.
    func probe() {
        guard reportedTrouble != nil else { return }
        do throws(StoreError) {
            let session = try openedSession()
            try session.run("BEGIN IMMEDIATE")
            try OpenMarker.set(in: session)
            try session.run("COMMIT")
            isMarked = true
            note(commit: nil)
        } catch {
            undo()
            note(commit: error)
        }
        settle()
        if reportedTrouble != nil { report(.stillTroubled) }
    }

    /// Copies the log into the file proper when it has grown enough, or when the disk is full: that frees the log's
    /// space for the next write.
    func settle() {
        guard let session else { return }
        var isFull = false
        if case .full = commitTrouble { isFull = true }
        do throws(StoreError) {
            guard try session.settle(isFull || settleTrouble != nil) else { return }
            count { $0.checkpoints += 1 }
            settleTrouble = nil
        } catch {
            // A reader in its way only means that the log is emptied later.
            if case .busy = error { return }
            settleTrouble = error
        }
        reportTrouble()
    }

    // MARK: Damage

    /// Looks whether the file is damaged, while nothing is written, and replaces it if it is. Unless `again`, once per
    /// file: a statement that keeps meeting what the check does not see must not keep everyone waiting.
    func examine(again: Bool) -> Result<MovedAside?, StoreError> {
        guard again || !hasExamined else { return .success(nil) }
        hasExamined = true
        isSound = false
        do throws(StoreError) {
            let findings = try engine.findDamage(stopping)
            if !findings.isEmpty { return .success(try replace(reason: findings.joined(separator: "; "))) }
            isSound = true
            report(.event(.sound))
            return .success(nil)
        } catch {
            return .failure(error)
        }
    }

    /// Moves the store aside and opens a new one. What was queued goes into the new one.
    private func replace(reason: String) throws(StoreError) -> MovedAside {
        reader.pause()
        defer { reader.resume() }
        // Not clean: the log must not be copied into a damaged file, both are moved as they are.
        session?.close(clean: false)
        session = nil
        do throws(StoreError) {
            let moved = try engine.moveAside(reason: reason)
            report(.event(.movedAside(moved)))
            _ = try open()
            return moved
        } catch {
            note(commit: error)
            throw error
        }
    }

    // MARK: The end

    func close() {
        reader.close()
        guard let session else { return }
        // On failure the marker stays, and the next opening checks the store.
        if isMarked, isSound { try? OpenMarker.clear(in: session) }
        session.close(clean: true)
        self.session = nil
    }
}
