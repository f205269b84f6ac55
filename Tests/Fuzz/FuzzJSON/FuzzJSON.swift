import FuzzDriver
import Platform

/// What is read is written and read again as the same value, cut texts are not taken for whole ones, and JSON5 reads
/// JSON as JSON does.
@main
enum FuzzJSON: Fuzzer {
    static func run(_ input: [UInt8]) {
        do throws(JSONError) {
            let value = try JSONParser.parse(input)
            var duplicates: [JSONDuplicateKey] = []
            let lenient = try JSONParser.parse(input.span, duplicates: &duplicates)
            precondition(lenient == value && duplicates.isEmpty)
            checkWriting(value)
            for count in [input.count / 2, input.count - 1] { checkCut(input, at: count, value) }
            precondition((try? JSON5Document(input).value) == value)
        } catch {
            checkRefusal(input, error)
        }
    }

    private static func checkWriting(_ value: JSON) {
        let canonical = JSONWriter.bytes(of: value, style: .canonical)
        for style in [JSONWriter.Style.compact, .pretty, .canonical] {
            let text = JSONWriter.bytes(of: value, style: style)
            guard let copy = try? JSONParser.parse(text) else { preconditionFailure("unreadable: \(value)") }
            precondition(copy == value)
            precondition(JSONWriter.bytes(of: copy, style: style) == text)
            precondition(JSONWriter.bytes(of: copy, style: .canonical) == canonical)
        }
    }

    /// Only a number goes on being one when its end is missing; of other values just the space behind them may.
    private static func checkCut(_ input: [UInt8], at count: Int, _ value: JSON) {
        guard let part = try? JSONParser.parse(input.span.extracting(first: count)) else { return }
        precondition(part == value || value.double != nil || isNumber(value))
    }

    private static func isNumber(_ value: JSON) -> Bool {
        if case .number = value { true } else { false }
    }

    private static func checkRefusal(_ input: [UInt8], _ error: JSONError) {
        precondition((0...input.count).contains(error.position.offset) && !error.description.isEmpty)
        var duplicates: [JSONDuplicateKey] = []
        do throws(JSONError) {
            _ = try JSONParser.parse(input.span, duplicates: &duplicates)
            guard case .duplicateKey(let key, let first) = error.problem, let duplicate = duplicates.first else {
                preconditionFailure("accepted with duplicates: \(error)")
            }
            precondition(duplicate.key == key && duplicate.firstOffset == first.offset)
            precondition(duplicate.offset == error.position.offset)
        } catch let second {
            if case .duplicateKey = error.problem { return }
            precondition(second == error)
        }
    }
}
