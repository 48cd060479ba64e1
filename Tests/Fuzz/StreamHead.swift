import PoolHTTP

/// Any fields as the head of an HTTP/2 request: refused, or text that means the same. Fields are lines, and a tab ends the
/// name; behind the fields of a good request, so that the rest of the rules is reached.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let bytes, count > 0 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let good = input[0] & 1 == 0 ? [] : [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "h")]
    var fields = good.map { (name: Array($0.0.utf8), value: Array($0.1.utf8)) }
    for line in input.dropFirst().split(separator: 0, omittingEmptySubsequences: false).prefix(64) {
        let parts = line.split(separator: 9, maxSplits: 1, omittingEmptySubsequences: false)
        fields.append((name: Array(parts[0]), value: parts.count > 1 ? Array(parts[1]) : []))
    }
    if let violation = StreamHeadInvariants.check(fields, hasBody: input[0] & 2 != 0) { fatalError(violation) }
    return 0
}
