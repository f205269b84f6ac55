import Writing

// Writes numbers into a store and prints each once it is confirmed, so that a crash test can compare; verifies what a
// store holds; measures how fast it confirms.

runWriter("store-writer", switches: [noSync], write: writeNumbers, verify: verify, measure: measure)
