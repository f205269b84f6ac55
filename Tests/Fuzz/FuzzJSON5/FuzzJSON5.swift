import FuzzDriver
import Platform

/// What JSON5 says, JSON says as well; and an edit of the text makes the tree that the same edit of the tree makes.
/// The input is a text, a way into it and a new value, with NUL between them, which no text may hold.
@main
enum FuzzJSON5: Fuzzer {
    /// An edit reads the text again for each change, so long texts would only be slow.
    private static let textLimit = 2048
    private static let valueLimit = 256

    static func run(_ input: [UInt8]) {
        let parts = input.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts[0].count <= textLimit else { return }
        let text = Array(parts[0])
        do throws(JSONError) {
            let document = try JSON5Document(text)
            let value = document.value
            precondition((try? JSONParser.parse(JSONWriter.bytes(of: value))) == value)
            precondition(document.bytes == text)
            for count in [text.count / 2, text.count - 1] { checkCut(text, at: count, value) }
            guard parts.count == 3, parts[2].count <= valueLimit else { return }
            let pointer = pointer(parts[1], in: value)
            checkSetting(document, pointer, to: newValue(parts[2]))
            checkRemoving(document, pointer)
        } catch {
            precondition((0...text.count).contains(error.position.offset) && !error.description.isEmpty)
        }
    }

    /// Only a number goes on being one when its end is missing; of other values just what is behind them may.
    private static func checkCut(_ text: [UInt8], at count: Int, _ value: JSON) {
        guard let part = try? JSON5Document(Array(text[..<count])).value else { return }
        precondition(part == value || value.kindName == "a number")
    }

    private static func newValue(_ bytes: ArraySlice<UInt8>) -> JSON {
        (try? JSON5Document(Array(bytes)).value) ?? .string(String(decoding: bytes, as: UTF8.self))
    }

    /// Each step picks a member or an element; what follows the step beyond the last one names new members.
    private static func pointer(_ steps: ArraySlice<UInt8>, in value: JSON) -> JSONPointer {
        var pointer = JSONPointer()
        var value = value
        var steps = steps
        while let step = steps.popFirst() {
            let names = value.object?.keys ?? value.array?.indices.map(String.init) ?? []
            let choice = Int(step) % (names.count + 1)
            guard choice < names.count, let next = value[JSONPointer([names[choice]])] else {
                let tokens = steps.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                return JSONPointer(pointer.tokens + tokens.map { String(decoding: $0, as: UTF8.self) })
            }
            pointer = pointer.appending(names[choice])
            value = next
        }
        return pointer
    }

    private static func checkSetting(_ document: JSON5Document, _ pointer: JSONPointer, to new: JSON) {
        let expected = Tree.setting(document.value, pointer.tokens[...], to: new)
        var changed = document
        do throws(JSON5EditError) {
            try changed.set(pointer, to: new)
            check(changed, expected)
            // `-` names the place behind an array's last element: once something stands there it names the next.
            precondition(pointer.tokens.contains("-") || changed.location(of: pointer) != nil)
            checkRemoving(changed, pointer)
        } catch {
            precondition(changed.bytes == document.bytes && !error.description.isEmpty)
            if case .unreadable(let reason) = error, case .tooDeep = reason.problem { return }
            precondition(expected == nil, "not set: \(error)")
        }
    }

    private static func checkRemoving(_ document: JSON5Document, _ pointer: JSONPointer) {
        guard !pointer.tokens.isEmpty else { return }
        let expected = Tree.removing(document.value, pointer.tokens[...])
        var changed = document
        do throws(JSON5EditError) {
            let wasThere = try changed.remove(pointer)
            precondition(wasThere == (expected != nil))
            check(changed, expected ?? document.value)
        } catch {
            preconditionFailure("not removed: \(error)")
        }
    }

    private static func check(_ document: JSON5Document, _ expected: JSON?) {
        precondition(document.value == expected)
        precondition((try? JSON5Document(document.bytes).value) == expected)
    }
}
