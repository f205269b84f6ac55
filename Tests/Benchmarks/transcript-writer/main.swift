import Writing

// Writes numbered entries into the transcripts of sessions and prints each number once it is stored, so that a crash
// test can compare; verifies what the transcripts hold; measures how long a list of many sessions takes. The path is
// that of the store; the transcripts lie beside it.

runWriter("transcript-writer", write: writeNumbers, verify: verify, measure: measure)
