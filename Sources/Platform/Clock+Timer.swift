extension Clock {
    /// A timer of this clock, for those who know the clock by its protocol only.
    package func timer(_ action: @escaping @LoopActor () -> Void) -> LoopTimer { LoopTimer(self, action) }
}
