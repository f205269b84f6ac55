import Models
import Platform
import Store

/// Finds pieces of an agent's memory by their words, and by their meaning where vectors can be had. All in it can be
/// made anew from the files.
@LoopActor
final class MemoryIndex {
    /// A piece that fits.
    struct Match: Equatable, Sendable {
        let path: String
        let first: Int
        let last: Int
        let text: String
        let score: Double
    }

    /// Where vectors come from.
    struct Embedding: Sendable {
        let provider: any EmbeddingProvider
        let model: String
    }

    static let wordLimit = 32
    nonisolated static let candidateLimit = 200
    /// How much the meaning counts where there are both.
    static let meaningWeight = 0.6

    private let store: Store
    private let files: MemoryFiles

    init(_ store: Store, _ files: MemoryFiles) {
        self.store = store
        self.files = files
    }

    static let schema = Schema([
        Migration(
            2, "memory",
            [
                "CREATE TABLE memory_files (path TEXT NOT NULL PRIMARY KEY, stamp TEXT NOT NULL) STRICT, WITHOUT ROWID",
                """
                CREATE TABLE memory_chunks (
                    id INTEGER PRIMARY KEY, path TEXT NOT NULL, first_line INTEGER NOT NULL, last_line INTEGER NOT NULL,
                    text TEXT NOT NULL, model TEXT NOT NULL DEFAULT '', vector BLOB
                ) STRICT
                """,
                "CREATE INDEX memory_chunks_path ON memory_chunks (path)",
                "CREATE VIRTUAL TABLE memory_words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2')",
            ])
    ])

    /// Takes in what changed since the last time.
    func refresh() async throws(ToolProblem) -> Bool {
        let files = files
        let (found, isCut) = try await inPool { () throws(FileError) in try files.list() }
        let known = try await stored { [store] () async throws(StoreError) in
            try await store.read { (read) throws(StoreError) in
                try read.rows("SELECT path, stamp FROM memory_files") { (row) throws(StoreError) in
                    (try row[0] as String, try row[1] as String)
                }
            }
        }
        let stamps = Dictionary(known, uniquingKeysWith: { $1 })
        for (path, _) in known where !found.contains(where: { $0.path.description == path }) {
            try await put(path, stamp: nil, [])
        }
        for file in found where stamps[file.path.description] != file.stamp {
            let text = try await inPool { () throws(FileError) in try files.read(file.path) }
            try await put(file.path.description, stamp: file.stamp, MemoryFiles.chunks(text))
        }
        return isCut
    }

    private func put(_ path: String, stamp: String?, _ chunks: [MemoryFiles.Chunk]) async throws(ToolProblem) {
        try await stored { [store] () async throws(StoreError) in
            try await store.write { (write) throws(StoreError) in
                try write.run(
                    "DELETE FROM memory_words WHERE rowid IN (SELECT id FROM memory_chunks WHERE path = ?)", path)
                try write.run("DELETE FROM memory_chunks WHERE path = ?", path)
                try write.run("DELETE FROM memory_files WHERE path = ?", path)
                guard let stamp else { return }
                try write.run("INSERT INTO memory_files (path, stamp) VALUES (?, ?)", path, stamp)
                for chunk in chunks {
                    let id = try write.first(
                        """
                        INSERT INTO memory_chunks (path, first_line, last_line, text) VALUES (?, ?, ?, ?) RETURNING id
                        """, path, chunk.first, chunk.last, chunk.text
                    ) { (row) throws(StoreError) -> Int in try row[0] }
                    try write.run("INSERT INTO memory_words (rowid, text) VALUES (?, ?)", id ?? 0, chunk.text)
                }
            }
        }
    }

    // MARK: Searching

    func search(_ query: String, limit: Int, _ embedding: Embedding?) async throws(ToolProblem) -> (
        matches: [Match], note: String?
    ) {
        var scores: [Int: Double] = [:]
        for (id, rank) in try await byWords(query) { scores[id] = rank }
        var note: String?
        if let embedding {
            do throws(ModelError) {
                let meanings = try await byMeaning(query, embedding)
                for id in scores.keys { scores[id]? *= 1 - Self.meaningWeight }
                for (id, likeness) in meanings { scores[id, default: 0] += likeness * Self.meaningWeight }
            } catch {
                note = "by words only: \(error)"
            }
        }
        let best = scores.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
        var matches: [Match] = []
        for (id, score) in best {
            if let match = try await chunk(id, score) { matches.append(match) }
        }
        return (matches, note)
    }

    /// Every word by itself and as the beginning of longer ones, in quotes: what people ask is no query language.
    static func expression(_ query: String) -> String? {
        let words = query.unicodeScalars.split { !$0.properties.isAlphabetic && $0.properties.numericType == nil }
        let quoted = words.prefix(wordLimit).map { "\"\(String(String.UnicodeScalarView($0)))\"*" }
        return quoted.isEmpty ? nil : quoted.joined(separator: " OR ")
    }

    private func byWords(_ query: String) async throws(ToolProblem) -> [(Int, Double)] {
        guard let expression = Self.expression(query) else { return [] }
        let ranks = try await stored { [store] () async throws(StoreError) in
            try await store.read { (read) throws(StoreError) in
                try read.rows(
                    "SELECT rowid, -bm25(memory_words) FROM memory_words WHERE memory_words MATCH ? ORDER BY 2 DESC LIMIT ?",
                    expression, Self.candidateLimit
                ) { (row) throws(StoreError) in (try row[0] as Int, try row[1] as Double) }
            }
        }
        // Ranks have no scale of their own; the best is 1.
        let best = max(ranks.first?.1 ?? 1, 1e-9)
        return ranks.map { ($0.0, max(0, $0.1 / best)) }
    }

    private func chunk(_ id: Int, _ score: Double) async throws(ToolProblem) -> Match? {
        try await stored { [store] () async throws(StoreError) in
            try await store.read { (read) throws(StoreError) in
                try read.first("SELECT path, first_line, last_line, text FROM memory_chunks WHERE id = ?", id) {
                    (row) throws(StoreError) in
                    Match(path: try row[0], first: try row[1], last: try row[2], text: try row[3], score: score)
                }
            }
        }
    }

    private func stored<Value>(_ body: () async throws(StoreError) -> Value) async throws(ToolProblem) -> Value {
        do throws(StoreError) { return try await body() } catch { throw .said("the memory's index: \(error)") }
    }
}

// MARK: Vectors

extension MemoryIndex {
    /// Pieces whose vectors are made before one search; more follow at the next.
    nonisolated static let embeddedAtOnce = 400

    private func byMeaning(_ query: String, _ embedding: Embedding) async throws(ModelError) -> [(Int, Double)] {
        try await embedMissing(embedding)
        let answer = try await embedding.provider.embed(EmbeddingRequest(embedding.model, texts: [query]))
        guard let wanted = answer.vectors.first else { return [] }
        let vectors = (try? await vectors(embedding.model)) ?? []
        return await BlockingPool.shared.run {
            let likeness = vectors.map { ($0.0, Double(Self.cosine(wanted, $0.1))) }.filter { $0.1 > 0 }
            return Array(likeness.sorted { $0.1 > $1.1 }.prefix(Self.candidateLimit))
        }
    }

    private func embedMissing(_ embedding: Embedding) async throws(ModelError) {
        let model = embedding.model
        let missing = try? await store.read { (read) throws(StoreError) in
            try read.rows(
                "SELECT id, text FROM memory_chunks WHERE model <> ? LIMIT ?", model, Self.embeddedAtOnce
            ) { (row) throws(StoreError) in (try row[0] as Int, try row[1] as String) }
        }
        guard let missing, !missing.isEmpty else { return }
        let answer = try await embedding.provider.embed(EmbeddingRequest(model, texts: missing.map(\.1)))
        guard answer.vectors.count == missing.count else { return }
        let rows = zip(missing, answer.vectors).map { ($0.0, Self.bytes($1)) }
        try? await store.write { (write) throws(StoreError) in
            for (id, bytes) in rows {
                try write.run("UPDATE memory_chunks SET model = ?, vector = ? WHERE id = ?", model, bytes, id)
            }
        }
    }

    private func vectors(_ model: String) async throws(StoreError) -> [(Int, [Float])] {
        try await store.read { (read) throws(StoreError) in
            try read.rows("SELECT id, vector FROM memory_chunks WHERE model = ?", model) { (row) throws(StoreError) in
                (try row[0] as Int, Self.floats(try row[1] as [UInt8]))
            }
        }
    }

    nonisolated static func bytes(_ vector: [Float]) -> [UInt8] {
        vector.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt32($0))) } }
    }

    nonisolated static func floats(_ bytes: [UInt8]) -> [Float] {
        stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { place in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) })
        }
    }

    nonisolated static func cosine(_ a: [Float], _ b: [Float]) -> Float {
        guard a.count == b.count else { return 0 }
        var (dot, first, second): (Float, Float, Float) = (0, 0, 0)
        for place in a.indices {
            dot += a[place] * b[place]
            first += a[place] * a[place]
            second += b[place] * b[place]
        }
        return first > 0 && second > 0 ? dot / (first * second).squareRoot() : 0
    }
}
