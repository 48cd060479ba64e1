internal import COpenSSL
internal import Glibc
package import PoolModel
internal import Synchronization

/// The keys of session tickets: made here, known to all loops, kept over new certificates, changed by the clock.
///
/// A ticket is the session itself, sealed for the client to bring along: nothing is stored. A stolen key opens the
/// sessions of its time, so it is replaced every hour; the two before it are kept, and a ticket lives no longer than
/// these two hours.
package final class TicketKeys: Sendable {
    static let lifetimeSeconds = 7200
    /// Tickets that a full handshake of TLS 1.3 gives out; a resumed one gives out one anyway. A second one would serve a
    /// client that opens two more connections before either has brought it a ticket, and costs every client its sealing.
    static let perHandshake = 1
    private static let periodSeconds = 3600
    private static let keptMax = 3

    struct Key {
        var name: [UInt8]
        var cipher: [UInt8]
        var authentication: [UInt8]
        var madeAt: Int
    }

    /// The newest is the first.
    private let keys = Mutex<[Key]>([])

    package init() {}

    /// The keys as they are handed on, the newest first: a new one where the last is old.
    ///
    /// Whoever hands keys out calls this often enough that those who got them never need one of their own.
    package func shared() -> [TicketKey] {
        let now = TicketKeys.clock()
        let newest = keys.withLock { $0.first }
        if newest.map({ now - $0.madeAt >= TicketKeys.periodSeconds - TicketKeys.aheadSeconds }) ?? true { add(now) }
        return keys.withLock { keys in
            keys.map {
                TicketKey(secret: Base64Bytes.encode($0.name + $0.cipher + $0.authentication), madeAt: $0.madeAt)
            }
        }
    }

    /// Uses the keys of somebody else in front of those that are known. What is no key is left out.
    package func adopt(_ shared: [TicketKey]) {
        let new = shared.compactMap { key -> Key? in
            let bytes = Base64Bytes.decode(key.secret)
            guard bytes.count == 80 else { return nil }
            return Key(
                name: Array(bytes[..<16]),
                cipher: Array(bytes[16..<48]),
                authentication: Array(bytes[48...]),
                madeAt: key.madeAt
            )
        }
        keys.withLock { keys in
            let others = keys.filter { old in !new.contains { $0.name == old.name } }
            keys = Array((new + others).prefix(TicketKeys.keptMax + 1))
        }
    }

    /// How long before its time a shared key is replaced.
    private static let aheadSeconds = 300

    @discardableResult
    private func add(_ now: Int) -> Key? {
        guard let name = random(16), let cipher = random(32), let authentication = random(32) else { return nil }
        let key = Key(name: name, cipher: cipher, authentication: authentication, madeAt: now)
        keys.withLock { $0 = [key] + $0.prefix(TicketKeys.keptMax - 1) }
        return key
    }

    /// The key to seal with: a new one where the last has served its time.
    func current(now: Int = TicketKeys.clock()) -> Key? {
        keys.withLock { keys in
            if let newest = keys.first, now - newest.madeAt < TicketKeys.periodSeconds { return newest }
            guard let name = random(16), let cipher = random(32), let authentication = random(32) else { return nil }
            let key = Key(name: name, cipher: cipher, authentication: authentication, madeAt: now)
            keys = [key] + keys.prefix(TicketKeys.keptMax - 1)
            return key
        }
    }

    /// The key that a ticket was sealed with, and whether it is the newest; nil where it is forgotten.
    func find(_ name: UnsafeRawBufferPointer, now: Int = TicketKeys.clock()) -> (key: Key, isNewest: Bool)? {
        keys.withLock { keys in
            let oldest = now - TicketKeys.periodSeconds * TicketKeys.keptMax
            guard let index = keys.firstIndex(where: { $0.madeAt > oldest && $0.name.elementsEqual(name) }) else {
                return nil
            }
            return (keys[index], index == 0 && now - keys[0].madeAt < TicketKeys.periodSeconds)
        }
    }

    private func random(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return RAND_bytes(&bytes, Int32(count)) == 1 ? bytes : nil
    }

    static func clock() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}

extension TicketKeys {
    /// What the library calls to seal a ticket and to open one.
    ///
    /// - Returns: 1 go on, 2 go on and give out a new ticket, 0 the ticket is unknown, -1 failure.
    static let callback:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, OpaquePointer?, OpaquePointer?,
            Int32
        ) -> Int32 = { session, name, vector, cipher, authentication, isSealing in
            guard let context = TLSContext.of(session), let name, let vector else { return -1 }
            if isSealing != 0 {
                guard let key = context.tickets.current(), RAND_bytes(vector, 16) == 1 else { return -1 }
                memcpy(name, key.name, 16)
                guard EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1,
                    authenticate(authentication, key)
                else { return -1 }
                return 1
            }
            guard let (key, isNewest) = context.tickets.find(UnsafeRawBufferPointer(start: name, count: 16)) else {
                return 0
            }
            guard EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1,
                authenticate(authentication, key)
            else { return -1 }
            return isNewest ? 1 : 2
        }

    /// Sets HMAC with SHA-256 up.
    private static func authenticate(_ context: OpaquePointer?, _ key: Key) -> Bool {
        co_set_hmac_sha256(context, key.authentication, key.authentication.count) == 1
    }
}
