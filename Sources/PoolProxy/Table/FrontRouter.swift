internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// Which of the fronts behind one listener a request is for: by its host, then by its path.
///
/// The host's levels are asked in this order, and the first with a path that fits decides: the exact name, the
/// wildcards from the longest to the shortest, the fronts without names. Within a level the longest path wins. What
/// fits nowhere goes to the default front.
package struct FrontRouter: Sendable {
    /// What one front asks for.
    package struct Rule: Hashable, Sendable {
        /// `example.org`, `*.example.org`; empty is any host.
        package var names: [String]
        /// `/api`; empty is any path.
        package var paths: [String]

        package init(names: [String] = [], paths: [String] = []) {
            self.names = names
            self.paths = paths
        }
    }

    /// The paths of one name, the longest first.
    private typealias Paths = [(prefix: [UInt8], front: Int)]

    private struct Named: Sendable {
        let name: [UInt8]
        var paths: Paths
    }

    /// By the hash of the name; of a wildcard, that of what follows the asterisk.
    private var exact: [UInt64: [Named]] = [:]
    private var wildcards: [UInt64: [Named]] = [:]
    private var any: Paths = []
    private let fallback: Int

    /// A host's most bytes (RFC 1035, 2.3.4). Beyond: it is no host that anybody asked for.
    private static let hostBytesMax = 255

    /// - Parameter fallback: the index of the default front.
    package init(_ rules: [Rule], fallback: Int) {
        self.fallback = fallback
        for (front, rule) in rules.enumerated() {
            let paths = (rule.paths.isEmpty ? ["/"] : rule.paths).map { (prefix: Array($0.utf8), front: front) }
            if rule.names.isEmpty { any += paths }
            for name in rule.names {
                let name = Array(name.lowercased().utf8)
                if name.first == UInt8(ascii: "*") {
                    FrontRouter.add(paths, for: Array(name.dropFirst()), to: &wildcards)
                } else {
                    FrontRouter.add(paths, for: name, to: &exact)
                }
            }
        }
        any.sort { $0.prefix.count > $1.prefix.count }
    }

    private static func add(_ paths: Paths, for name: [UInt8], to table: inout [UInt64: [Named]]) {
        var list = table[KeyHash.of(name)] ?? []
        let index = list.firstIndex { $0.name == name } ?? list.endIndex
        if index == list.endIndex { list.append(Named(name: name, paths: [])) }
        list[index].paths += paths
        list[index].paths.sort { $0.prefix.count > $1.prefix.count }
        table[KeyHash.of(name)] = list
    }

    /// The index of the front.
    ///
    /// - Parameters:
    ///   - authority: the host as it was sent, perhaps with a port; empty where there is none.
    ///   - path: with its query, as it was sent: nothing is decoded.
    package func find(_ authority: UnsafeBufferPointer<UInt8>, _ path: UnsafeBufferPointer<UInt8>) -> Int {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: FrontRouter.hostBytesMax) { buffer in
            let host = FrontRouter.host(of: authority, to: buffer)
            if let front = FrontRouter.front(exact, host, path) { return front }
            for index in host.indices where host[index] == UInt8(ascii: ".") && !wildcards.isEmpty && index > 0 {
                let suffix = UnsafeBufferPointer(rebasing: host[index...])
                if let front = FrontRouter.front(wildcards, suffix, path) { return front }
            }
            return FrontRouter.front(any, path) ?? fallback
        }
    }

    /// The name in lower case, without its port and its last dot.
    private static func host(
        of authority: UnsafeBufferPointer<UInt8>,
        to buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        var count = 0
        var isBracketed = false
        for byte in authority {
            if byte == UInt8(ascii: "[") { isBracketed = true }
            if byte == UInt8(ascii: "]") { isBracketed = false }
            if byte == UInt8(ascii: ":"), !isBracketed { break }
            guard count < buffer.count else { return UnsafeBufferPointer(start: nil, count: 0) }
            buffer[count] = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
            count += 1
        }
        if count > 1, buffer[count - 1] == UInt8(ascii: ".") { count -= 1 }
        return UnsafeBufferPointer(rebasing: buffer[..<count])
    }

    private static func front(
        _ table: [UInt64: [Named]],
        _ host: UnsafeBufferPointer<UInt8>,
        _ path: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        guard !table.isEmpty, let list = table[KeyHash.of(host)] else { return nil }
        for named in list where named.name.elementsEqual(host) { return front(named.paths, path) }
        return nil
    }

    private static func front(_ paths: Paths, _ path: UnsafeBufferPointer<UInt8>) -> Int? {
        for (prefix, front) in paths where matches(prefix, path) { return front }
        return nil
    }

    /// Whether the path is the prefix, or goes on behind it with a segment of its own.
    private static func matches(_ prefix: [UInt8], _ path: UnsafeBufferPointer<UInt8>) -> Bool {
        if prefix.count == 1 { return true }
        guard path.count >= prefix.count, path.starts(with: prefix) else { return false }
        if path.count == prefix.count || prefix.last == UInt8(ascii: "/") { return true }
        return path[prefix.count] == UInt8(ascii: "/") || path[prefix.count] == UInt8(ascii: "?")
    }
}
