internal import Glibc
internal import PoolHTTP
internal import PoolOS

/// The proxy's own answers without particulars, built once. Every one says in `Pool-Error` which it is.
enum ProxyAnswers {
    static let noPool = OwnAnswer(
        status: 503,
        reason: "no-pool",
        explanation: "no pool is configured behind this address",
        fields: "Retry-After: 1\r\n"
    )
    static let noWorker = OwnAnswer(
        status: 503,
        reason: "no-worker",
        explanation: "no worker is ready to take requests",
        fields: "Retry-After: 1\r\n"
    )
    static let queueFull = OwnAnswer(
        status: 503,
        reason: "queue-full",
        explanation: "all workers are busy and the queue is full",
        fields: "Retry-After: 1\r\n"
    )
    static let queueTimeout = OwnAnswer(
        status: 503,
        reason: "timeout; phase=queue",
        explanation: "no worker became free in time",
        fields: "Retry-After: 1\r\n"
    )
    static let noMemory = OwnAnswer(
        status: 503,
        reason: "no-memory",
        explanation: "the proxy holds as much as it may",
        fields: "Retry-After: 1\r\n"
    )
    static let noDescriptors = OwnAnswer(
        status: 503,
        reason: "no-descriptors",
        explanation: "the proxy cannot open more connections",
        fields: "Retry-After: 1\r\n"
    )
    static let tooManyConnections = OwnAnswer(
        status: 503,
        reason: "too-many-connections",
        explanation: "the proxy serves as many clients as it may",
        fields: "Retry-After: 1\r\n"
    )
    static let tooManyFromAddress = OwnAnswer(
        status: 429,
        reason: "too-many-connections; scope=address",
        explanation: "this address has as many connections as it may",
        fields: "Retry-After: 1\r\n"
    )
    static let headTimeout = OwnAnswer(
        status: 408,
        reason: "timeout; phase=request",
        explanation: "the request's head did not come in time"
    )
    static let bodyTimeout = OwnAnswer(
        status: 408,
        reason: "timeout; phase=body",
        explanation: "the request's body did not come in time"
    )
    static let bodyTooSlow = OwnAnswer(
        status: 408,
        reason: "too-slow; phase=body",
        explanation: "the request's body comes too slowly"
    )
    static let proxyHeaderInvalid = OwnAnswer(
        status: 400,
        reason: "malformed; fault=proxy-header",
        explanation: "the connection of a trusted proxy does not begin with a PROXY protocol header"
    )
    /// `Max-Forwards: 0`: we are whom the request is for.
    static let lastOptions = OwnAnswer(
        status: 200,
        reason: "max-forwards",
        explanation: "the proxy answers, as the request may not be forwarded",
        fields: "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, TRACE\r\n"
    )
    /// What came is not echoed: it may hold what the asker was not to see.
    static let lastTrace = OwnAnswer(
        status: 405,
        reason: "max-forwards",
        explanation: "the proxy does not echo requests",
        fields: "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n"
    )
    static let connectTimeout = OwnAnswer(
        status: 504,
        reason: "timeout; phase=connect",
        explanation: "the worker could not be connected to in time"
    )
    static let firstByteTimeout = OwnAnswer(
        status: 504,
        reason: "timeout; phase=first-byte",
        explanation: "the worker did not answer in time"
    )
    static let noFile = OwnAnswer(status: 404, reason: "no-file", explanation: "there is no such file")
    static let fileForbidden = OwnAnswer(
        status: 403,
        reason: "file-forbidden",
        explanation: "the proxy may not read this file"
    )
    static let filesAreRead = OwnAnswer(
        status: 405,
        reason: "method; scope=static",
        explanation: "files are read with GET and HEAD",
        fields: "Allow: GET, HEAD\r\n"
    )
    static let noHost = OwnAnswer(
        status: 400,
        reason: "no-host",
        explanation: "the request names no host that it could be sent to over https"
    )
    static let plainHTTP = OwnAnswer(
        status: 400,
        reason: "plain-http",
        explanation: "this address speaks https: the request came without TLS"
    )
    /// nginx's 496, as a status that everybody knows.
    static let noClientCertificate = OwnAnswer(
        status: 400,
        reason: "client-certificate; fault=missing",
        explanation: "this site asks for a certificate of the client, and there was none"
    )
    /// nginx's 495.
    static let clientCertificateRefused = OwnAnswer(
        status: 400,
        reason: "client-certificate; fault=refused",
        explanation: "the client's certificate has expired, or no authority that is believed here has signed it"
    )
    static let unknownWorker = OwnAnswer(
        status: 404,
        reason: "no-worker; scope=probe",
        explanation: "Pool-Worker names no worker that has an address"
    )

    /// By the fault's raw value: a flood of nonsense costs no more than a copy each.
    private static let malformed = HTTPFault.allCases.map { OwnAnswer($0) }

    static func of(_ fault: HTTPFault) -> OwnAnswer { malformed[Int(fault.rawValue)] }

    /// Nobody could be connected to, by errno: while a whole pool is down every request gets this.
    private static let unreachable = (0..<134).map { makeUnreachable(Int32($0)) }

    static func unreachable(errno code: Int32) -> OwnAnswer {
        unreachable.indices.contains(Int(code)) ? unreachable[Int(code)] : makeUnreachable(code)
    }

    private static func makeUnreachable(_ code: Int32) -> OwnAnswer {
        OwnAnswer(
            status: code == ETIMEDOUT ? 504 : 503,
            reason: "connect-failed; errno=\(code)",
            explanation: "no worker could be connected to: \(SystemError.reason(code))",
            fields: "Retry-After: 1\r\n"
        )
    }
}
