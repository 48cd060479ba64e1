/// How a worker's answers go on to the clients of a front; the counterpart of ``RequestPlan``.
///
///     let delivery = ResponseDelivery(of: head, to: request, sentUpgrade: …)
///     let count = plan.write(head, raw, fields: parser.fields, context, to: out)
///
/// `out` has room for `head.consumed + growthBytes` bytes.
package final class ResponsePlan: @unchecked Sendable {
    // Unchecked: the compiler cannot see that the memory behind the rules is written by the initialiser only, and freed
    // with the last reference. Loops on several threads only read it.

    /// What is particular to one answer.
    package struct Context {
        package var coding: ResponseDelivery.Coding
        /// Whether the client's connection ends behind this answer, for whatever reason.
        package var closesClient: Bool
        package var clientIsHTTP10: Bool
        package var isTunnel: Bool
        /// 29 bytes of an HTTP date (``HTTPDate``), written where the worker sent none; nil writes none.
        package var date: UnsafePointer<UInt8>?

        package init(_ delivery: ResponseDelivery, clientIsHTTP10: Bool, closesClient: Bool) {
            coding = delivery.coding
            self.closesClient = closesClient || delivery.closesClient
            self.clientIsHTTP10 = clientIsHTTP10
            isTunnel = delivery.isTunnel
        }
    }

    /// Bytes by which a rewritten head may be longer than the one that came.
    package let growthBytes: Int

    private let rules: CompiledRules
    private let setsDate: Bool

    package init(rules: HeaderRules = .none) {
        self.rules = CompiledRules(rules)
        setsDate = rules.kinds.has(.date)
        growthBytes = 256 + self.rules.bytesMax
    }

    deinit { rules.deallocate() }

    /// Writes the head that goes to the client, its empty line included. The head is complete and without a fault.
    ///
    /// - Parameter fields: the table of the parser that read the head, unchanged since.
    /// - Returns: the bytes written.
    package func write(
        _ head: ResponseHead,
        _ raw: UnsafePointer<UInt8>,
        fields table: UnsafePointer<HeadField>,
        _ context: Context,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        writer.append("HTTP/1.1")
        // The space, the status and another space, which the worker may have left out.
        writer.append(raw + 8, 4)
        writer.append(ASCII.space)
        writer.append(head.reason, of: raw)
        writer.append("\r\n")

        let isBodiless = head.status < 200 || head.status == 204
        FieldCopy.append(
            head.facts,
            raw,
            table,
            drops: isBodiless
                ? ResponsePlan.droppedWithoutBody
                : context.coding == .dechunked ? ResponsePlan.droppedWithoutChunks : ResponsePlan.dropped,
            rules: rules,
            to: &writer
        )
        if head.isInterim {
            writer.append("\r\n")
            return writer.count
        }
        if context.coding == .chunked { writer.append("Transfer-Encoding: chunked\r\n") }
        if context.isTunnel {
            writer.append("Connection: Upgrade\r\nUpgrade: ")
            writer.append(head.facts.upgrade, of: raw)
            writer.append("\r\n")
        } else if context.closesClient {
            writer.append("Connection: close\r\n")
        } else if context.clientIsHTTP10 {
            writer.append("Connection: keep-alive\r\n")
        }
        if let date = context.date, !head.facts.kinds.has(.date), !setsDate {
            writer.append("Date: ")
            writer.append(date, HTTPDate.bytesCount)
            writer.append("\r\n")
        }
        rules.appendBlock(to: &writer)
        writer.append("\r\n")
        return writer.count
    }

    /// Writes the fields that the front's rules set, for answers that come from no worker; the bytes written.
    package func writeBlock(to out: UnsafeMutablePointer<UInt8>) -> Int {
        var writer = ByteWriter(out)
        rules.appendBlock(to: &writer)
        return writer.count
    }

    private static var dropped: UInt64 {
        bit(.connection) | bit(.keepAlive) | bit(.proxyConnection) | bit(.te) | bit(.upgrade) | bit(.http2Settings)
            | bit(.nominated) | bit(.transferEncoding) | bit(.poolError) | bit(.poolWorker)
    }

    private static var droppedWithoutChunks: UInt64 { dropped | bit(.trailer) }

    private static var droppedWithoutBody: UInt64 { dropped | bit(.trailer) | bit(.contentLength) }

    @inline(__always)
    private static func bit(_ kind: FieldKind) -> UInt64 { 1 << UInt64(kind.rawValue) }
}
