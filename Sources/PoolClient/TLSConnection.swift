private import CTLSClient
private import Glibc
private import PoolModel

/// A connection to a daemon on another host. Connecting and the handshake block, for ``connectLimit`` at most; after
/// that nothing does.
final class TLSConnection: ByteConnection {
    private static let connectLimit = Duration.seconds(10)

    private let descriptor: Descriptor
    private let session: OpaquePointer
    private let name: String
    private var reason = [CChar](repeating: 0, count: 256)

    var number: Int32 { descriptor.number }

    init(_ endpoint: RemoteEndpoint) throws(SessionError) {
        name = Endpoint.remote(endpoint).name
        for (what, path) in [
            ("--cert", endpoint.certificate), ("--key", endpoint.key), ("--ca", endpoint.authorities),
        ] where access(path, R_OK) != 0 {
            throw SessionError(.local, "\(what): \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        let deadline = ContinuousClock.now.advanced(by: TLSConnection.connectLimit)
        descriptor = try TLSConnection.connect(endpoint, name, until: deadline)
        var reason = [CChar](repeating: 0, count: 256)
        let opened = ct_open(
            descriptor.number,
            endpoint.host,
            endpoint.certificate,
            endpoint.key,
            endpoint.authorities,
            &reason,
            reason.count
        )
        guard let opened else { throw SessionError(.local, "TLS cannot be begun: \(text(of: reason))") }
        session = opened
        try shakeHands(until: deadline)
    }

    deinit { ct_close(session) }

    private func shakeHands(until deadline: ContinuousClock.Instant) throws(SessionError) {
        while true {
            switch Int(ct_handshake(session, &reason, reason.count)) {
            case 1: return
            case Int(CT_WANTS_READ), Int(CT_WANTS_WRITE):
                guard Poll.wait(number, forWriting: false, until: deadline) else {
                    throw SessionError(.timedOut, "\(name) did not finish the handshake")
                }
            default:
                throw SessionError(
                    .denied,
                    "no TLS session with \(name): \(text(of: reason))",
                    remedy:
                        "see whether --ca is the authority of the daemon's certificate, and the host one of its names"
                )
            }
        }
    }

    func send(_ bytes: ArraySlice<UInt8>) throws(SessionError) -> Int {
        let count = bytes.withUnsafeBytes { ct_write(session, $0.baseAddress, $0.count, &reason, reason.count) }
        if count > 0 { return count }
        switch count {
        case Int(CT_WANTS_READ), Int(CT_WANTS_WRITE): return 0
        // The daemon may have answered before it hung up: the answer is still to be read.
        default: return bytes.count
        }
    }

    func receive(into buffer: inout [UInt8]) throws(SessionError) -> Received {
        let count = buffer.withUnsafeMutableBytes { ct_read(session, $0.baseAddress, $0.count, &reason, reason.count) }
        if count > 0 { return .bytes(count) }
        switch count {
        case Int(CT_END): return .end
        case Int(CT_WANTS_READ), Int(CT_WANTS_WRITE): return .nothingYet
        // TLS 1.3: the daemon refuses our certificate after its own part of the handshake.
        default:
            throw SessionError(
                .denied,
                "\(name) ended the TLS session: \(text(of: reason))",
                remedy: "see whether --cert is of an authority that [remote] clients of its poold.toml names"
            )
        }
    }

    // MARK: Connecting

    private static func connect(
        _ endpoint: RemoteEndpoint,
        _ name: String,
        until deadline: ContinuousClock.Instant
    ) throws(SessionError) -> Descriptor {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(endpoint.host, "\(endpoint.port)", &hints, &list)
        guard failure == 0, let first = list else {
            throw SessionError(.noDaemon, "\(endpoint.host) is not known: \(String(cString: gai_strerror(failure)))")
        }
        defer { freeaddrinfo(first) }
        var code = ECONNREFUSED
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let entry = next {
            next = entry.pointee.ai_next
            let number = socket(entry.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
            guard number >= 0 else { continue }
            let descriptor = Descriptor(number)
            guard Glibc.connect(number, entry.pointee.ai_addr, entry.pointee.ai_addrlen) != 0 else { return descriptor }
            code = errno
            guard code == EINPROGRESS else { continue }
            code = ETIMEDOUT
            guard Poll.wait(number, forWriting: true, until: deadline) else { continue }
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &size)
            if code == 0 { return descriptor }
        }
        let remedy = "see whether [remote] of its poold.toml listens there"
        throw SessionError(.noDaemon, "no daemon at \(name): \(String(cString: strerror(code)))", remedy: remedy)
    }
}

private func text(of reason: [CChar]) -> String {
    String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
