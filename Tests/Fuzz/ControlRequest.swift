import PoolAPI

/// Any bytes as a request to the control socket: nothing traps, and what is understood is read back as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let bytes else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let violation = APIInvariants.request(input) { fatalError(violation) }
    return 0
}
