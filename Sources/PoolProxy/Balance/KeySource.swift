internal import PoolHTTP
internal import PoolModel

/// What a consistent hash or a sticky session goes by, read from the pool's `balance.key`.
enum KeySource: Hashable, Sendable {
    case address
    /// A field's name in lower case.
    case header([UInt8])
    case cookie([UInt8])
    /// The cookie that we set ourselves.
    case sticky([UInt8])

    init(_ balance: BalanceSpec) {
        let text = balance.key ?? ""
        if balance.algorithm == .stickyCookie {
            self = .sticky(Array((text.isEmpty ? StickyCookie.defaultName : text).utf8))
        } else if text.hasPrefix("header:") {
            self = .header(Array(text.dropFirst(7).lowercased().utf8))
        } else if text.hasPrefix("cookie:") {
            self = .cookie(Array(text.dropFirst(7).utf8))
        } else {
            self = .address
        }
    }

    /// The value of the first field of this name.
    static func value(
        ofField name: [UInt8],
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ fields: UnsafePointer<HeadField>
    ) -> UnsafeBufferPointer<UInt8>? {
        name.withUnsafeBufferPointer { name in
            guard let base = name.baseAddress else { return nil }
            for index in 0..<head.facts.fieldsCount where fields[index].isNamed(base, name.count, in: raw) {
                return fields[index].value.bytes(in: raw)
            }
            return nil
        }
    }

    /// The value of the first cookie of this name; names are case-sensitive (RFC 6265).
    static func value(
        ofCookie name: [UInt8],
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ fields: UnsafePointer<HeadField>
    ) -> UnsafeBufferPointer<UInt8>? {
        guard head.facts.kinds.has(.cookie) else { return nil }
        for index in 0..<head.facts.fieldsCount where fields[index].kind == .cookie {
            let bytes = fields[index].value.bytes(in: raw)
            for pair in bytes.split(separator: UInt8(ascii: ";")) {
                let trimmed = pair.drop { $0 == 32 || $0 == 9 }
                guard let equals = trimmed.firstIndex(of: UInt8(ascii: "=")), trimmed[..<equals].elementsEqual(name)
                else { continue }
                return UnsafeBufferPointer(rebasing: trimmed[trimmed.index(after: equals)...])
            }
        }
        return nil
    }
}

/// The cookie that keeps a client at its worker: the hash of the worker's name, so that it tells nothing and is right
/// in every process.
enum StickyCookie {
    static let defaultName = "pool_worker"

    static func hash(of worker: String) -> UInt64 { KeyHash.of(worker.utf8) }

    /// Sixteen hexadecimal digits; nil for anything else.
    static func read(_ value: UnsafeBufferPointer<UInt8>) -> UInt64? {
        guard value.count == 16 else { return nil }
        return UInt64(String(decoding: value, as: UTF8.self), radix: 16)
    }

    /// The field line, CRLF included.
    static func line(name: [UInt8], worker: String) -> [UInt8] {
        let digits = String(hash(of: worker), radix: 16)
        let padded = String(repeating: "0", count: 16 - digits.count) + digits
        return Array("Set-Cookie: ".utf8) + name + Array("=\(padded); Path=/; HttpOnly; SameSite=Lax\r\n".utf8)
    }
}
