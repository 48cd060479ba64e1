internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import Synchronization

/// The workers of a pool as a choice sees them now.
private struct LiveCandidates: BalanceCandidates {
    // Borrowed: the exchange's service keeps both for as long as a choice lasts.
    unowned(unsafe) let service: PoolService
    unowned(unsafe) let table: PoolTable
    let tried: UInt64
    let now: UInt64

    init(_ service: PoolService, tried: UInt64, now: UInt64) {
        self.service = service
        table = service.table
        self.tried = tried
        self.now = now
    }

    var count: Int { table.members.count }

    @inline(__always)
    func isOpen(_ index: Int) -> Bool {
        let member = table.members[index]
        guard member.isRoutable, tried == 0 || tried >> UInt64(index & 63) & 1 == 0 else { return false }
        let unreachableUntil = member.unreachableUntil.load(ordering: .relaxed)
        if unreachableUntil != 0 && now < unreachableUntil { return false }
        let ejectedUntil = member.target.ejectedUntil.load(ordering: .relaxed)
        if ejectedUntil != 0 && now < ejectedUntil { return false }
        if let most = table.inFlightMax, member.target.inFlight.load(ordering: .relaxed) >= most { return false }
        return true
    }

    @inline(__always)
    func takesTurn(_ index: Int) -> Bool {
        guard table.slowStart != 0 else { return true }
        let permille = warmth(index)
        return permille >= 1000 || service.pools[index].slowStart.takes(permille: permille)
    }

    func inFlight(_ index: Int) -> Int { max(0, table.members[index].target.inFlight.load(ordering: .relaxed)) }

    /// In thousandths while any worker may be warming up.
    func weight(_ index: Int) -> Int {
        let weight = table.members[index].weight
        return table.slowStart == 0 ? weight : max(1, weight * Int(warmth(index)))
    }

    func latency(_ index: Int) -> UInt64 { table.members[index].target.latency.load(ordering: .relaxed) }

    private func warmth(_ index: Int) -> UInt64 {
        let since = table.members[index].target.routableSince.load(ordering: .relaxed)
        return SlowStart.permille(elapsed: now &- min(since, now), duration: table.slowStart)
    }
}

extension ProxyLoop {
    /// Chooses a worker and reserves a place at it.
    @inline(__always)
    func choose(_ exchange: Exchange) -> Choice {
        let service = exchange.service
        let table = service.table
        if let gate = table.gate, let verdict = gate.verdict(for: exchange.client.peer, now: milliseconds) {
            return verdict
        }
        if exchange.triedVersion != table.version {
            exchange.tried = 0
            exchange.triedVersion = table.version
        }
        // Another loop may take the last place between the look and the reservation.
        for _ in 0..<4 {
            let candidates = LiveCandidates(service, tried: exchange.tried, now: milliseconds)
            guard let index = pick(exchange, service, candidates) else { break }
            let target = table.members[index].target
            // Half-open: a worker that comes back from an ejection gets one request at a time.
            guard target.takeTrial(now: milliseconds) else { continue }
            if target.reserve(most: table.inFlightMax) { return .member(index) }
        }
        return chooseInNeed(exchange, service)
    }

    @inline(__always)
    private func pick(_ exchange: Exchange, _ service: PoolService, _ candidates: LiveCandidates) -> Int? {
        let table = service.table
        let balancer = table.balancer
        switch balancer.algorithm {
        case .roundRobin: return balancer.roundRobin(candidates) { table.cursor.next() }
        case .leastInFlight: return balancer.leastInFlight(candidates) { table.cursor.next() }
        case .twoChoices:
            return balancer.twoChoices(candidates, turn: { table.cursor.next() }, random: &service.random)
        case .consistentHash:
            guard exchange.hasKey else { return balancer.roundRobin(candidates) { table.cursor.next() } }
            return balancer.consistentHash(candidates, key: exchange.key)
        case .stickyCookie:
            if exchange.hasKey, let index = table.stickyIndex(exchange.key), candidates.isOpen(index) { return index }
            exchange.mustSetCookie = true
            return balancer.roundRobin(candidates) { table.cursor.next() }
        }
    }

    /// Nobody is open. Full workers are waited for; before a refusal those are tried that were unreachable or ejected
    /// a moment ago: without a manager to tell, only trying shows whether they are back. Where trying has shown that they
    /// are not, the next table will say whether one is coming: the manager has been told, and owes it. Only who has
    /// waited for a connection in vain has waited enough.
    @inline(never)
    private func chooseInNeed(_ exchange: Exchange, _ service: PoolService) -> Choice {
        let table = service.table
        var isBusy = false
        var isAwaited = false
        var suspect: Int?
        for (index, member) in table.members.enumerated() where member.isRoutable {
            let isDown = milliseconds < member.unreachableUntil.load(ordering: .relaxed)
            if exchange.hasTried(index) {
                isAwaited = isAwaited || isDown
                continue
            }
            let isEjected = milliseconds < member.target.ejectedUntil.load(ordering: .relaxed)
            if isDown || isEjected {
                suspect = suspect ?? index
            } else {
                isBusy = true
            }
        }
        if isBusy { return .wait }
        if let suspect, table.members[suspect].target.reserve(most: table.inFlightMax) {
            if table.members[suspect].target.ejectedUntil.load(ordering: .relaxed) != 0 {
                let detail = "every worker is out of the rotation: one is tried all the same"
                notePanic(exchange, service.pools[suspect], detail)
            }
            return .member(suspect)
        }
        if exchange.isPaused || table.isHolding { return .wait }
        return isAwaited && exchange.connectErrno != ETIMEDOUT && service.canQueue ? .wait : .nobody
    }

    /// Reads what the request is balanced by: the address, a field or a cookie.
    @inline(never)
    func findKey(_ exchange: Exchange, _ head: RequestHead, _ raw: UnsafePointer<UInt8>, _ parser: HeadParser) {
        let peer = exchange.client.peer
        let found: UInt64? =
            switch exchange.service.table.keySource {
            case .address: KeyHash.mix(peer.high ^ KeyHash.mix(peer.low))
            case .header(let name): KeySource.value(ofField: name, head, raw, parser.fields).map { KeyHash.of($0) }
            case .cookie(let name): KeySource.value(ofCookie: name, head, raw, parser.fields).map { KeyHash.of($0) }
            case .sticky(let name):
                KeySource.value(ofCookie: name, head, raw, parser.fields).flatMap { StickyCookie.read($0) }
            }
        exchange.hasKey = found != nil
        exchange.key = found ?? 0
    }
}
