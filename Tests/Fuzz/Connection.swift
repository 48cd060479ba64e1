import PoolHTTP

/// Any bytes as a client's connection: the worker, and a careless reader, see exactly the requests that we saw.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let bytes else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let violation = HTTPInvariants.exchange(input) { fatalError(violation) }
    return 0
}
