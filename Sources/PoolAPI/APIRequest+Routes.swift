package import PoolModel

/// Every route of the table as a typed request.
extension APIRequest where Reply == VersionReply {
    package static func version() -> Self { Self(json: APICall(.of(.version), Route.of(.version).path())) }
}

extension APIRequest where Reply == HealthReply {
    package static func health() -> Self { Self(json: APICall(.of(.health), Route.of(.health).path())) }
}

extension APIRequest where Reply == PoolList {
    package static func pools() -> Self { Self(json: APICall(.of(.pools), Route.of(.pools).path())) }
}

extension APIRequest where Reply == PoolSnapshot {
    package static func gate(_ request: GateRequest, of pool: String) throws -> Self {
        Self(json: APICall(.of(.gate), Route.of(.gate).path(pool), body: try JSONCoding.encode(request)))
    }

    package static func pool(_ name: String) -> Self { Self(json: APICall(.of(.pool), Route.of(.pool).path(name))) }
}

extension APIRequest where Reply == ProfileReply {
    package static func profile(of pool: String) -> Self {
        Self(json: APICall(.of(.profile), Route.of(.profile).path(pool)))
    }
}

extension APIRequest where Reply == WorkerList {
    package static func weigh(_ request: WeightRequest, in pool: String) throws -> Self {
        Self(json: APICall(.of(.weigh), Route.of(.weigh).path(pool), body: try JSONCoding.encode(request)))
    }

    package static func workers(of pool: String, selectors: [String] = []) -> Self {
        var query = QueryItems()
        query.add("workers", list: selectors)
        return Self(json: APICall(.of(.workers), Route.of(.workers).path(pool), query: query))
    }
}

extension APIRequest where Reply == WorkerSnapshot {
    package static func worker(_ id: WorkerID) -> Self {
        Self(json: APICall(.of(.worker), Route.of(.worker).path(id.description)))
    }
}

extension APIRequest where Reply == WorkerDetail {
    package static func detail(of id: WorkerID) -> Self {
        Self(json: APICall(.of(.workerDetail), Route.of(.workerDetail).path(id.description)))
    }
}

extension APIRequest where Reply == FrontReply {
    package static func front(of pool: String) -> Self {
        Self(json: APICall(.of(.front), Route.of(.front).path(pool)))
    }
}

extension APIRequest where Reply == Operation {
    package static func act(on pool: String, _ action: ActionRequest, key: IdempotencyKey? = nil) throws -> Self {
        var call = APICall(.of(.act), Route.of(.act).path(pool), body: try JSONCoding.encode(action))
        call.headers[IdempotencyKey.header] = key?.description
        return Self(json: call)
    }

    /// - Parameter wait: How long the daemon may hold the answer back until the operation is finished.
    package static func operation(_ id: OperationID, wait: Duration? = nil) -> Self {
        var query = QueryItems()
        query.add("wait", seconds: wait)
        var call = APICall(.of(.operation), Route.of(.operation).path(id.description), query: query)
        call.serverWait = wait ?? .zero
        return Self(json: call)
    }

    package static func cancel(_ id: OperationID) -> Self {
        Self(json: APICall(.of(.cancelOperation), Route.of(.cancelOperation).path(id.description)))
    }

    package static func pause(_ id: OperationID) -> Self {
        Self(json: APICall(.of(.pauseOperation), Route.of(.pauseOperation).path(id.description)))
    }

    package static func resume(_ id: OperationID) -> Self {
        Self(json: APICall(.of(.resumeOperation), Route.of(.resumeOperation).path(id.description)))
    }

    package static func deploy(to pool: String, _ request: DeployRequest, key: IdempotencyKey? = nil) throws -> Self {
        var call = APICall(.of(.deploy), Route.of(.deploy).path(pool), body: try JSONCoding.encode(request))
        call.headers[IdempotencyKey.header] = key?.description
        return Self(json: call)
    }

    package static func upgrade(_ request: UpgradeRequest) throws -> Self {
        Self(json: APICall(.of(.upgrade), Route.of(.upgrade).path(), body: try JSONCoding.encode(request)))
    }

    package static func shutdown(_ request: ShutdownRequest) throws -> Self {
        Self(json: APICall(.of(.shutdown), Route.of(.shutdown).path(), body: try JSONCoding.encode(request)))
    }
}

extension APIRequest where Reply == OperationList {
    package static func operations(pool: String? = nil, active: Bool = false) -> Self {
        var query = QueryItems()
        query.add("pool", pool)
        query.add("active", flag: active)
        return Self(json: APICall(.of(.operations), Route.of(.operations).path(), query: query))
    }
}

extension APIRequest where Reply == StateSnapshot {
    package static func state(pool: String? = nil) -> Self { Self(json: .state(pool: pool)) }
}

extension APIRequest where Reply == StatsReply {
    package static func stats(pool: String? = nil, workers: [String] = []) -> Self {
        Self(json: .stats(pool: pool, workers: workers))
    }
}

extension APIRequest where Reply == HistoryReply {
    package static func history(pool: String? = nil, workers: [String] = [], last: Duration? = nil) -> Self {
        var query = QueryItems()
        query.add("pool", pool)
        query.add("workers", list: workers)
        query.add("last", seconds: last)
        return Self(json: APICall(.of(.history), Route.of(.history).path(), query: query))
    }
}

extension APIRequest where Reply == EventList {
    package static func events(_ query: EventQuery) -> Self { Self(json: .events(query)) }
}

extension APIRequest where Reply == LogPage {
    package static func logs(_ query: LogQuery) -> Self { Self(json: .logs(query)) }
}

extension APIRequest where Reply == CheckReply {
    package static func check(_ request: CheckRequest) throws -> Self {
        Self(json: APICall(.of(.check), Route.of(.check).path(), body: try JSONCoding.encode(request)))
    }
}

extension APIRequest where Reply == ReloadReply {
    package static func reload(_ request: ReloadRequest) throws -> Self {
        Self(json: APICall(.of(.reload), Route.of(.reload).path(), body: try JSONCoding.encode(request)))
    }
}

extension APIRequest where Reply == ReplaceProxyReply {
    package static func replaceProxy(_ request: ReplaceProxyRequest) throws -> Self {
        Self(json: APICall(.of(.replaceProxy), Route.of(.replaceProxy).path(), body: try JSONCoding.encode(request)))
    }
}

extension APIRequest where Reply == CertificateList {
    package static func certificates() -> Self {
        Self(json: APICall(.of(.certificates), Route.of(.certificates).path()))
    }
}

extension APIRequest where Reply == ReloadCertificatesReply {
    package static func reloadCertificates(_ request: ReloadCertificatesRequest) throws -> Self {
        let route = Route.of(.reloadCertificates)
        return Self(json: APICall(route, route.path(), body: try JSONCoding.encode(request)))
    }
}

extension APIRequest where Reply == [UInt8] {
    package static func openAPI() -> Self {
        Self(APICall(.of(.openAPI), Route.of(.openAPI).path())) { .success($0) }
    }

    package static func metrics() -> Self {
        Self(APICall(.of(.metrics), Route.of(.metrics).path())) { .success($0) }
    }
}

/// The calls that can be made as streams too: see ``streaming(after:)``.
extension APICall {
    package static func state(pool: String? = nil, interval: Duration? = nil) -> APICall {
        var query = QueryItems()
        query.add("pool", pool)
        query.add("interval", seconds: interval)
        return APICall(.of(.state), Route.of(.state).path(), query: query)
    }

    package static func stats(pool: String? = nil, workers: [String] = [], interval: Duration? = nil) -> APICall {
        var query = QueryItems()
        query.add("pool", pool)
        query.add("workers", list: workers)
        query.add("interval", seconds: interval)
        return APICall(.of(.stats), Route.of(.stats).path(), query: query)
    }

    package static func events(_ query: EventQuery) -> APICall {
        APICall(.of(.events), Route.of(.events).path(), query: query.items)
    }

    package static func logs(_ query: LogQuery) -> APICall {
        APICall(.of(.logs), Route.of(.logs).path(), query: query.items)
    }

    package static func operation(_ id: OperationID) -> APICall {
        APICall(.of(.operation), Route.of(.operation).path(id.description))
    }

    /// The call as a stream of server-sent events.
    ///
    /// - Parameter sequence: The last record that was seen: the stream goes on after it.
    package func streaming(after sequence: UInt64? = nil) -> APICall {
        precondition(route.stream != nil, "illegal: a stream of \(route.id)")
        var call = self
        call.accept = .eventStream
        if let sequence { call.headers["Last-Event-ID"] = String(sequence) }
        return call
    }
}
