import PoolHTTP

/// Any bytes as a chunked body: one verdict, and nothing forwarded that ends elsewhere.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let bytes else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let violation = HTTPInvariants.chunked(input) { fatalError(violation) }
    return 0
}
