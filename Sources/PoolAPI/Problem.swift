package import PoolModel

/// An error answer: an RFC 9457 problem document (`application/problem+json`).
package struct Problem: Error, Hashable, Sendable, Codable {
    /// What programs switch on: all codes of ``PoolError`` and those that only HTTP knows.
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        case invalidArgument = "invalid-argument"
        case notFound = "not-found"
        case conflict
        case unavailable
        case timeout
        case unsupportedVersion = "unsupported-version"
        case permissionDenied = "permission-denied"
        case tooLarge = "too-large"
        case `internal` = "internal"
        case methodNotAllowed = "method-not-allowed"
        case notAcceptable = "not-acceptable"
        case lengthRequired = "length-required"
        case unsupportedMediaType = "unsupported-media-type"
        /// `If-Match` named another version of the object.
        case preconditionFailed = "precondition-failed"
        /// The `Idempotency-Key` came before with another request.
        case keyReused = "key-reused"
    }

    /// `urn:pool:problem:` and the code.
    package var type: String
    /// The code in words, the same for every occurrence.
    package var title: String
    package var status: Int
    /// This occurrence: the error's message.
    package var detail: String
    package var code: Code
    /// What it is about: `worker example_9`, `pool example`, `op-17`, `parameter tail`.
    package var object: String?
    /// What to do about it.
    package var remedy: String?

    package init(_ code: Code, _ detail: String, object: String? = nil, remedy: String? = nil) {
        self.type = "urn:pool:problem:\(code.rawValue)"
        self.title = code.title
        self.status = code.status
        self.detail = detail
        self.code = code
        self.object = object
        self.remedy = remedy
    }

    package init(_ error: PoolError, object: String? = nil) {
        self.init(Code(error.code), error.message, object: object, remedy: error.remedy)
    }

    /// The error as the parts of the program that know no HTTP see it.
    package var poolError: PoolError { PoolError(code.poolCode, detail, remedy: remedy) }
}

extension Problem.Code {
    package init(_ code: PoolError.Code) {
        self =
            switch code {
            case .invalidArgument: .invalidArgument
            case .notFound: .notFound
            case .conflict: .conflict
            case .unavailable: .unavailable
            case .timeout: .timeout
            case .unsupportedVersion: .unsupportedVersion
            case .permissionDenied: .permissionDenied
            case .tooLarge: .tooLarge
            case .internal: .internal
            }
    }

    package var poolCode: PoolError.Code {
        switch self {
        case .invalidArgument, .lengthRequired, .unsupportedMediaType, .keyReused: .invalidArgument
        case .notFound: .notFound
        case .conflict, .preconditionFailed: .conflict
        case .unavailable: .unavailable
        case .timeout: .timeout
        case .unsupportedVersion, .methodNotAllowed, .notAcceptable: .unsupportedVersion
        case .permissionDenied: .permissionDenied
        case .tooLarge: .tooLarge
        case .internal: .internal
        }
    }

    /// The HTTP status of the answer.
    package var status: Int {
        switch self {
        case .invalidArgument, .unsupportedVersion: 400
        case .permissionDenied: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .notAcceptable: 406
        case .conflict: 409
        case .lengthRequired: 411
        case .preconditionFailed: 412
        case .tooLarge: 413
        case .unsupportedMediaType: 415
        case .keyReused: 422
        case .internal: 500
        case .unavailable: 503
        case .timeout: 504
        }
    }

    package var title: String {
        switch self {
        case .invalidArgument: "The request is not valid"
        case .notFound: "There is no such thing"
        case .conflict: "The state of the object does not allow it"
        case .unavailable: "Not available at present"
        case .timeout: "Not done in time"
        case .unsupportedVersion: "This version is not supported"
        case .permissionDenied: "Not allowed for this client"
        case .tooLarge: "Too large"
        case .internal: "Something went wrong in the daemon"
        case .methodNotAllowed: "The path does not take this method"
        case .notAcceptable: "None of the accepted content types is available"
        case .lengthRequired: "The body has no stated length"
        case .unsupportedMediaType: "The body is of the wrong content type"
        case .preconditionFailed: "The object has changed meanwhile"
        case .keyReused: "The idempotency key was used for another request"
        }
    }
}
