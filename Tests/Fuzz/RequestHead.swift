import PoolHTTP

/// Any bytes as a request head: one verdict however they are split; what is forwarded says what came.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let bytes else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let violation = HTTPInvariants.request(input) { fatalError(violation) }
    return 0
}
