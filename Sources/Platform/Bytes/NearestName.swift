/// Finds the name a person probably meant: for unknown keys, commands and flags.
package enum NearestName {
    /// Longer names are not compared; nobody mistypes a name of that length.
    static let longestName = 64

    /// The first of the closest candidates, unless all are so far away that naming one would confuse: a third of the
    /// letters may be wrong, at most three. A difference of case only counts as no difference.
    package static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars)
        guard !wanted.isEmpty, wanted.count <= longestName else { return nil }
        var best: String?
        var bestDistance = min(3, max(1, wanted.count / 3)) + 1
        for candidate in candidates {
            let letters = Array(candidate.lowercased().unicodeScalars)
            // All letters replaced is another word, not a typing error.
            guard letters.count <= longestName else { continue }
            let distance = steps(wanted, letters)
            if distance < bestDistance, distance < max(wanted.count, letters.count) {
                best = candidate
                bestDistance = distance
            }
        }
        return best
    }

    /// How many single steps lead from `a` to `b`: insert, drop or replace a letter, or swap two neighbours (the optimal
    /// string alignment distance).
    static func steps(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        var row = last
        for i in a.indices {
            row[0] = i + 1
            for j in b.indices {
                let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
                row[j + 1] = min(replaced, last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
                }
            }
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        return last[b.count]
    }
}
