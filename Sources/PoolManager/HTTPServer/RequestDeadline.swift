internal import NIOCore

/// Closes a connection whose client takes too long over one request: a byte now and then keeps it from being silent, and
/// would hold its place for ever. It stands before the parser, because it counts from the first byte of a head.
///
/// State: the running deadline, and whether an answer is under way; it belongs to the connection's loop.
final class RequestDeadline: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: TimeAmount
    private var running: Scheduled<Void>?
    private var isAnswering = false

    init(_ limit: TimeAmount) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes while an answer goes out is the next request: it is not looked at before the answer is over.
        if !isAnswering { start(context.channel) }
        context.fireChannelRead(data)
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    /// The request was read to its end.
    func requestEnded() {
        isAnswering = true
        stop()
    }

    /// Nothing is left to be answered: the next byte is a new request's.
    func answered() { isAnswering = false }

    /// It is the turn of a request that has come in part: the rest has its time from now on.
    func requestContinues(on channel: any Channel) {
        isAnswering = false
        start(channel)
    }

    private func start(_ channel: any Channel) {
        guard running == nil else { return }
        running = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    private func stop() {
        running?.cancel()
        running = nil
    }
}
