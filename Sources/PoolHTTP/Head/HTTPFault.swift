/// What is wrong with a message: refused rather than guessed at, because two parsers could read it two ways.
///
/// In a request each fault has the status of its answer. In a worker's response every fault is a 502 that names it.
package enum HTTPFault: UInt8, Hashable, Sendable, CaseIterable, Error {
    /// Nothing is wrong (the head may still be incomplete).
    case none

    // Lines
    case bareLineFeed, bareCarriageReturn, controlByte, emptyLinesFirst, tlsHandshake, http2Preface
    // Request line
    case methodInvalid, requestLineInvalid, targetInvalid, targetFormMismatch, schemeUnsupported, userInfo
    case versionUnsupported, requestLineTooLong, connectRefused
    // Status line
    case statusLineInvalid, statusInvalid, upgradeNotAsked, interimsTooMany
    // Fields
    case nameEmpty, nameInvalid, spaceBeforeColon, foldedLine, colonMissing, headTooLarge, fieldsTooMany
    case hostMissing, hostRepeated, hostInvalid
    case expectationUnsupported, connectionField, connectionOptionsTooMany
    // Framing
    case contentLengthInvalid, contentLengthRepeated, contentLengthAndTransferEncoding
    case transferEncodingInvalid, transferEncodingUnsupported, transferEncodingInHTTP10, bodyInTrace
    case bodyTooLarge
    // Chunked bodies
    case chunkSizeInvalid, chunkSizeTooLarge, chunkExtensionInvalid, chunkExtensionTooLong, chunkEndInvalid
    case trailerInvalid, trailerForbidden, trailersTooLarge
    /// The connection ended within the message.
    case truncated

    /// The status of the answer to a request with this fault.
    package var status: Int {
        switch self {
        case .none: 200
        case .requestLineTooLong: 414
        case .headTooLarge, .fieldsTooMany, .trailersTooLarge: 431
        case .bodyTooLarge: 413
        case .expectationUnsupported: 417
        case .transferEncodingUnsupported, .connectRefused: 501
        case .versionUnsupported, .http2Preface: 505
        default: 400
        }
    }

    /// The word for it in `Pool-Error` and in logs.
    package var label: StaticString { words.label }

    /// What is wrong, for people.
    package var explanation: StaticString { words.explanation }

    private var words: (label: StaticString, explanation: StaticString) {
        switch self {
        case .none: ("none", "nothing is wrong")
        case .bareLineFeed: ("bare-lf", "a line ends in LF without CR")
        case .bareCarriageReturn: ("bare-cr", "a CR stands without LF")
        case .controlByte: ("control-byte", "the head holds a control byte")
        case .emptyLinesFirst: ("empty-lines", "too many empty lines come before the message")
        case .tlsHandshake: ("tls-handshake", "the client speaks TLS to a port without it")
        case .http2Preface: ("http2-preface", "the client speaks HTTP/2 to a port without it")
        case .methodInvalid: ("method", "the method is not a token")
        case .requestLineInvalid: ("request-line", "the request line is not method, target and version")
        case .targetInvalid: ("target", "the request target holds a byte that no URI may hold, or a fragment")
        case .targetFormMismatch: ("target-form", "the request target does not have a form that the method allows")
        case .schemeUnsupported: ("scheme", "the target's scheme is neither http nor https")
        case .userInfo: ("user-info", "the target's authority holds user information")
        case .versionUnsupported: ("version", "the version is neither HTTP/1.0 nor HTTP/1.1")
        case .requestLineTooLong: ("request-line-too-long", "the request line is longer than the limit")
        case .connectRefused: ("connect", "CONNECT is not served: this is no forward proxy")
        case .statusLineInvalid: ("status-line", "the status line is not version, status and reason")
        case .statusInvalid: ("status", "the status is not a number of three digits from 100")
        case .upgradeNotAsked: ("upgrade-not-asked", "the protocol was switched though nobody asked for it")
        case .interimsTooMany: ("interims-too-many", "too many interim answers come before the final one")
        default: fieldWords
        }
    }

    private var fieldWords: (label: StaticString, explanation: StaticString) {
        switch self {
        case .nameEmpty: ("name-empty", "a field has no name")
        case .nameInvalid: ("name", "a field name holds a byte that is not a token character")
        case .spaceBeforeColon: ("space-before-colon", "white space stands between a field's name and its colon")
        case .foldedLine: ("folded-line", "a field is continued on a second line")
        case .colonMissing: ("colon-missing", "a field has no colon")
        case .headTooLarge: ("head-too-large", "the head is larger than the limit")
        case .fieldsTooMany: ("fields-too-many", "the head has more fields than the limit")
        case .hostMissing: ("host-missing", "an HTTP/1.1 request has no Host field")
        case .hostRepeated: ("host-repeated", "the request has more than one Host field")
        case .hostInvalid: ("host", "the host is not a host and an optional port")
        case .connectionField: ("connection-field", "HTTP/2 has no field that is for one connection")
        case .connectionOptionsTooMany: ("connection-options", "Connection names more options than are looked at")
        case .expectationUnsupported: ("expectation", "something other than 100-continue is expected")
        case .contentLengthInvalid: ("content-length", "the Content-Length is not one decimal number")
        case .contentLengthRepeated: ("content-length-repeated", "there is more than one Content-Length")
        case .contentLengthAndTransferEncoding: ("two-lengths", "Content-Length and Transfer-Encoding come together")
        case .transferEncodingInvalid: ("transfer-encoding", "the transfer encoding does not end in one chunked")
        case .transferEncodingUnsupported: ("transfer-coding", "a transfer coding other than chunked is used")
        case .transferEncodingInHTTP10: ("transfer-encoding-1.0", "HTTP/1.0 has no Transfer-Encoding")
        case .bodyInTrace: ("trace-body", "a TRACE request has a body")
        case .bodyTooLarge: ("body-too-large", "the body is larger than the limit")
        case .chunkSizeInvalid: ("chunk-size", "a chunk's size is not a hexadecimal number")
        case .chunkSizeTooLarge: ("chunk-size-too-large", "a chunk's size has too many digits")
        case .chunkExtensionInvalid: ("chunk-extension", "a chunk extension is malformed")
        case .chunkExtensionTooLong: ("chunk-extensions-too-long", "the chunk extensions are longer than the limit")
        case .chunkEndInvalid: ("chunk-end", "a chunk's data does not end in CRLF")
        case .trailerInvalid: ("trailer", "a trailer field is malformed")
        case .trailerForbidden: ("trailer-forbidden", "a trailer field frames, routes or authenticates the message")
        case .trailersTooLarge: ("trailers-too-large", "the trailer section is larger than the limit")
        case .truncated: ("truncated", "the connection ended within the message")
        default: ("", "")
        }
    }
}
