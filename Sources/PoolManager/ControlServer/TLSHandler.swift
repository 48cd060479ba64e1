internal import NIOCore
internal import PoolTLS

/// TLS with certificates on both sides, at the head of a connection's pipeline. What is not encrypted, or not by a
/// client with a certificate of the authorities, never gets to HTTP.
// State: the event loop's.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let handshakeLimit = TimeAmount.seconds(10)

    private let session: MutualTLSSession
    private var deadline: Scheduled<Void>?
    /// What the client's certificate calls it; empty before the end of the handshake.
    private(set) var names: [String] = []

    init(_ session: MutualTLSSession) { self.session = session }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: TLSHandler.handshakeLimit) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        let (text, outcome) = buffer.withUnsafeReadableBytes { session.receive($0) }
        if names.isEmpty, session.isEstablished {
            names = session.peerNames
            deadline?.cancel()
        }
        send(context)
        if !text.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: text))) }
        if outcome != .more { context.close(promise: nil) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let text = unwrapOutboundIn(data)
        guard text.withUnsafeReadableBytes({ session.write($0) }) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            context.close(promise: nil)
            return
        }
        context.write(wrapOutboundOut(ByteBuffer(bytes: session.takeOutput())), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // A client that reads to the end must see that it is one.
        if mode != .input {
            session.end()
            send(context)
        }
        context.close(mode: mode == .output ? .all : mode, promise: promise)
    }

    private func send(_ context: ChannelHandlerContext) {
        let output = session.takeOutput()
        guard !output.isEmpty else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: output)), promise: nil)
    }
}
