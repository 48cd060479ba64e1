package import PoolModel

/// Fields to set or remove on the way, compiled: names to drop, and one block of bytes to append.
///
/// A rule that sets a field first removes every one of that name, and every one that a CGI-like server would take for it
/// (`X_User` for `X-User`). A rule about a field that the proxy adds itself, such as `Forwarded`, replaces or stops that. Names
/// that frame or route a message are refused.
package struct HeaderRules: Sendable {
    /// Why a rule cannot be applied.
    package enum Issue: Error, Hashable, Sendable, CustomStringConvertible {
        case nameInvalid(String)
        case valueInvalid(name: String)
        case reserved(String)
        case tooLong

        package var description: String {
            switch self {
            case .nameInvalid(let name): "\"\(name)\" is not a field name: use letters, digits and hyphens"
            case .valueInvalid(let name): "the value of \(name) holds a control character: remove it"
            case .reserved(let name):
                "\(name) frames or routes the message and is written by the proxy: remove the rule"
            case .tooLong: "they have more than \(Limits.headerRulesBytesMax >> 10) KiB together"
            }
        }
    }

    /// Names to drop, in lower case, underscores as hyphens.
    let names: [[UInt8]]
    /// `Name: value` lines with their CRLF.
    let block: [UInt8]
    /// The kinds of field that a rule is about: there the proxy adds nothing of its own.
    let kinds: FieldKinds
    /// The value of a rule that sets Host, which replaces the client's in its place.
    let host: [UInt8]?

    package init(_ rules: [HeaderRule]) throws(Issue) {
        var names: [[UInt8]] = []
        var block: [UInt8] = []
        var kinds = FieldKinds(rawValue: 0)
        var host: [UInt8]?
        for rule in rules {
            let name = Array(rule.name.utf8)
            let isToken = !name.isEmpty && name.allSatisfy { ByteClass.table[Int($0)] & ByteClass.token != 0 }
            guard isToken, name.count <= 256 else { throw .nameInvalid(rule.name) }
            let lowercase = name.map(lowercased)
            let value = (rule.value ?? "").utf8
            guard value.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) else { throw .valueInvalid(name: rule.name) }
            let kind = lowercase.withUnsafeBufferPointer { bytes in
                bytes.baseAddress.map { FieldKind(name: $0, count: bytes.count) } ?? .other
            }
            if kind == .host, rule.value != nil {
                host = Array(value)
                guard host.map(Authority.isValid) == true else { throw .valueInvalid(name: rule.name) }
                continue
            }
            guard !HeaderRules.reserved.has(kind) else { throw .reserved(rule.name) }
            names.append(lowercase.map(CompiledRules.folded))
            kinds.formUnion(FieldKinds(kind))
            guard rule.value != nil else { continue }
            block += name + Array(": ".utf8) + Array(value) + Array("\r\n".utf8)
        }
        guard block.count + (host?.count ?? 0) <= Limits.headerRulesBytesMax else { throw .tooLong }
        self.names = names
        self.block = block
        self.kinds = kinds
        self.host = host
    }

    package static let none = HeaderRules()

    private init() {
        names = []
        block = []
        kinds = []
        host = nil
    }

    private static let reserved = FieldKinds([
        .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade, .http2Settings, .contentLength,
        .transferEncoding, .host, .expect, .poolWorker, .poolError,
    ])
}

extension Authority {
    static func isValid(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { isValid($0, ByteRange(0, bytes.count)) } ?? false
        }
    }
}
