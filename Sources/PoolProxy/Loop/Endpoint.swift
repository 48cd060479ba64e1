/// What a loop polls: a descriptor with an identity that stale events cannot confuse with a later one's.
class Endpoint {
    enum Kind: UInt8 { case client, upstream, listener, waker }

    final let kind: Kind
    /// -1 once it is closed.
    final var descriptor: Int32
    /// The place in the loop's ``EndpointTable``; with the place's generation it is the cookie of the epoll events.
    final var index = 0
    final var cookie: UInt64 = 0

    init(_ kind: Kind, descriptor: Int32) {
        self.kind = kind
        self.descriptor = descriptor
    }

    final var isClosed: Bool { descriptor < 0 }
}

/// The endpoints of one loop, and their only owner.
///
/// A place is used again at once; its generation makes the difference between the old tenant's events, of which the
/// same batch may still hold some, and the new one's.
struct EndpointTable: ~Copyable {
    private var places: UnsafeMutablePointer<Unmanaged<Endpoint>?>
    private var generations: UnsafeMutablePointer<UInt32>
    private var capacity: Int
    private var free: [Int32] = []
    /// Places ever used: indices are below.
    private(set) var extent = 0
    private(set) var count = 0

    init(capacity: Int = 64) {
        self.capacity = capacity
        places = .allocate(capacity: capacity)
        places.initialize(repeating: nil, count: capacity)
        generations = .allocate(capacity: capacity)
        generations.initialize(repeating: 0, count: capacity)
    }

    deinit {
        for index in 0..<extent { places[index]?.release() }
        places.deallocate()
        generations.deallocate()
    }

    /// Takes an endpoint in; sets its index and cookie.
    mutating func add(_ endpoint: Endpoint) {
        let index: Int
        if let reused = free.popLast() {
            index = Int(reused)
        } else {
            if extent == capacity { grow() }
            index = extent
            extent += 1
        }
        places[index] = Unmanaged.passRetained(endpoint)
        endpoint.index = index
        endpoint.cookie = UInt64(generations[index]) << 32 | UInt64(index)
        count += 1
    }

    /// Lets an endpoint go; the caller's own reference keeps it alive for as long as it is looked at.
    mutating func remove(_ endpoint: Endpoint) {
        let index = endpoint.index
        places[index]?.release()
        places[index] = nil
        generations[index] &+= 1
        free.append(Int32(index))
        count -= 1
    }

    /// The endpoint that an event is for; nil where it has been closed since.
    @inline(__always)
    func find(_ cookie: UInt64) -> Endpoint? {
        let index = Int(cookie & 0xffff_ffff)
        guard index < extent, generations[index] == UInt32(truncatingIfNeeded: cookie >> 32) else { return nil }
        return places[index]?.takeUnretainedValue()
    }

    /// The endpoint at an index; nil where the place is free.
    @inline(__always)
    func at(_ index: Int) -> Endpoint? { places[index]?.takeUnretainedValue() }

    private mutating func grow() {
        let larger = capacity * 2
        let movedPlaces = UnsafeMutablePointer<Unmanaged<Endpoint>?>.allocate(capacity: larger)
        movedPlaces.moveInitialize(from: places, count: capacity)
        (movedPlaces + capacity).initialize(repeating: nil, count: capacity)
        let movedGenerations = UnsafeMutablePointer<UInt32>.allocate(capacity: larger)
        movedGenerations.moveInitialize(from: generations, count: capacity)
        (movedGenerations + capacity).initialize(repeating: 0, count: capacity)
        places.deallocate()
        generations.deallocate()
        places = movedPlaces
        generations = movedGenerations
        capacity = larger
    }
}
