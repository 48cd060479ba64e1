import PoolHTTP

/// Any bytes as a response head: likewise, and the client reads the same framing as the proxy.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let bytes else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let violation = HTTPInvariants.response(input) { fatalError(violation) }
    return 0
}
