/// SplitMix64: the same numbers for the same seed on every machine, so that a failure can be repeated.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Changes a text as mistakes and broken tools do: bytes lost, doubled, swapped, replaced, blocks moved.
struct Mutator {
    var random: SeededRandom
    private let tokens = [
        "[", "]", "{", "}", "\"", "'", "=", "\n", "#", ";", "\\", "%(", ")s", "{n}", "\"\"\"", "$", "\u{0}", "é",
        "\u{1F600}",
        "0", "-1", "9223372036854775808", "[[", "]]", "\r", "\t", ".", ",", "unix:", "%", "location", "include",
    ]

    mutating func mutate(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(place..<end)
            case 1: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.replaceSubrange(place..<end, with: [UInt8.random(in: 0...255, using: &random)])
            default: bytes.append(contentsOf: bytes[place..<end])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
