import PoolModel
internal import PoolTOML

/// Finds the `listen` template behind a list of addresses: `/tmp/example_1.sock` … `/tmp/example_4.sock` are
/// `unix:/tmp/example_{n}.sock` from 1 on.
struct AddressPattern: Hashable {
    var listen: String
    var first: Int
    var count: Int

    /// nil where the addresses are no sequence.
    init?(_ addresses: [Address]) {
        guard let head = addresses.first else { return nil }
        count = addresses.count
        if count == 1 {
            listen = Template.escaped(head.description)
            first = 1
            return
        }
        switch head {
        case .tcp(let host, _):
            let ports = addresses.compactMap { address -> Int? in
                if case .tcp(host, let port) = address { Int(port) } else { nil }
            }.sorted()
            guard ports.count == count, AddressPattern.isSequence(ports) else { return nil }
            first = 1
            let shown = host.contains(":") ? "[\(host)]" : host
            listen = "\(shown):{\(ports[0] - 1)+n}"
        case .unix:
            let paths = addresses.compactMap { address -> String? in
                if case .unix(let path) = address { path } else { nil }
            }
            guard paths.count == count, let found = AddressPattern.sequence(of: paths) else { return nil }
            first = found.first
            listen = "unix:\(Template.escaped(found.prefix)){n}\(Template.escaped(found.suffix))"
        }
    }

    private static func isSequence(_ numbers: [Int]) -> Bool {
        zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 }
    }

    /// What stands before and behind the number in which the paths differ.
    private static func sequence(of paths: [String]) -> (prefix: String, suffix: String, first: Int)? {
        let texts = paths.map { Array($0.utf8) }
        guard let head = texts.first, let shortest = texts.map(\.count).min() else { return nil }
        var start = 0
        while start < shortest, texts.allSatisfy({ $0[start] == head[start] }) { start += 1 }
        // Digits that all have in common belong to the number: 10 to 19 differ in their second digit only.
        while start > 0, isDigit(head[start - 1]) { start -= 1 }
        var tail = 0
        while tail < shortest - start, texts.allSatisfy({ $0[$0.count - 1 - tail] == head[head.count - 1 - tail] }) {
            tail += 1
        }
        while tail > 0, isDigit(head[head.count - tail]) { tail -= 1 }
        let numbers = texts.compactMap { text -> Int? in
            let digits = text[start..<(text.count - tail)]
            guard (1...6).contains(digits.count), digits.allSatisfy(isDigit),
                digits.count == 1 || digits.first != UInt8(ascii: "0")
            else { return nil }
            return Int(String(decoding: digits, as: UTF8.self))
        }.sorted()
        guard numbers.count == texts.count, let first = numbers.first, isSequence(numbers) else { return nil }
        return (
            String(decoding: head[..<start], as: UTF8.self),
            String(decoding: head[(head.count - tail)...], as: UTF8.self),
            first
        )
    }
}
