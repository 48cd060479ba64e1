import PoolHTTP

/// What must hold of the PROXY protocol's reader for any bytes whatever; nil where it does.
enum ProxyProtocolInvariants {
    static func violation(_ bytes: [UInt8]) -> String? {
        let whole = read(bytes)
        switch whole {
        case .header(let count, let source):
            guard count > 0, count <= bytes.count, count <= ProxyProtocol.bytesMax else {
                return "a length of \(count)"
            }
            for shorter in [0, 1, count / 2, count - 1] where read(Array(bytes.prefix(shorter))) != .incomplete {
                return "\(shorter) of \(count) bytes are not the beginning of a header"
            }
            guard read(Array(bytes.prefix(count))) == whole else { return "what follows changes the header" }
            guard let source else { return nil }
            for version in 1...2 {
                let written = write(version, source, source)
                guard written.count <= ProxyProtocol.writtenBytesMax else { return "\(written.count) bytes written" }
                let again = ProxyProtocol.Reading.header(count: written.count, source: source)
                guard read(written) == again else { return "version \(version) reads back as \(read(written))" }
            }
        case .invalid:
            for shorter in [bytes.count / 2, bytes.count - 1] where shorter > 0 {
                if case .header = read(Array(bytes.prefix(shorter))) { return "more bytes made a header invalid" }
            }
        case .incomplete:
            guard bytes.count < ProxyProtocol.bytesMax else { return "\(bytes.count) bytes and no end" }
        }
        return nil
    }

    static func read(_ bytes: [UInt8]) -> ProxyProtocol.Reading {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return .incomplete }
            return ProxyProtocol.read(base, buffer.count)
        }
    }

    static func write(
        _ version: Int,
        _ source: ProxyProtocol.Endpoint?,
        _ destination: ProxyProtocol.Endpoint?
    ) -> [UInt8] {
        Array(
            unsafeUninitializedCapacity: ProxyProtocol.writtenBytesMax
        ) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = ProxyProtocol.write(version: version, source: source, destination: destination, to: base)
        }
    }
}
