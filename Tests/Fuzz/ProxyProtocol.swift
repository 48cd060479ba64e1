import PoolHTTP

/// Any bytes as the beginning of a connection that has to say whom it is from.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let bytes else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let violation = ProxyProtocolInvariants.violation(input) { fatalError(violation) }
    return 0
}
