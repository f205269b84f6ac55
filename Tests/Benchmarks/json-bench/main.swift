import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// Prints, for each round, the nanoseconds of one parse and of one write of the frame in the given file:
//     json-bench <frame.json> [--rounds N] [--repeats N]

/// The bytes of the file at `path`, or the end of the program.
func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else {
        print("json-bench: cannot read \(path)")
        exit(2)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
}

func nanoseconds(each repeats: Int, _ body: () -> Void) -> Double {
    let start = Instant.monotonic()
    for _ in 0..<repeats { body() }
    return Double((Instant.monotonic() - start).inNanoseconds) / Double(repeats)
}

var path: String?
var rounds = 10
var repeats = 100_000
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--rounds": rounds = arguments.popFirst().flatMap { Int($0) } ?? rounds
    case "--repeats": repeats = arguments.popFirst().flatMap { Int($0) } ?? repeats
    default: path = argument
    }
}
guard let path else {
    print("usage: json-bench <frame.json> [--rounds N] [--repeats N]")
    exit(2)
}

let frame = contents(of: path)
let tree: JSON
do {
    tree = try JSONParser.parse(frame)
} catch {
    print("json-bench: \(path): \(error)")
    exit(1)
}

/// Kept, so that nothing can be left out as unused.
var checksum = 0
for _ in 0..<rounds {
    let parse = nanoseconds(each: repeats) {
        if case .object(let object)? = try? JSONParser.parse(frame) { checksum &+= object.count }
    }
    let write = nanoseconds(each: repeats) {
        checksum &+= JSONWriter.bytes(of: tree).count
    }
    print("parse \(Int(parse)) write \(Int(write))")
}
if checksum == 0 { print("json-bench: nothing was done") }
