internal import Glibc

/// Makes a system call: repeated where a signal interrupted it, its errno thrown where it returned -1.
@discardableResult
package func syscall<Result: SignedInteger & FixedWidthInteger>(
    _ call: StaticString,
    on object: @autoclosure () -> String = "",
    _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(call.description, on: object(), code: code) }
    }
}

/// As ``syscall(_:on:_:)`` for a non-blocking descriptor: nil where the call would have to wait.
package func syscallUnlessBlocking<Result: SignedInteger & FixedWidthInteger>(
    _ call: StaticString,
    on object: @autoclosure () -> String = "",
    _ body: () -> Result
) throws(SystemError) -> Result? {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code == EAGAIN || code == EWOULDBLOCK { return nil }
        if code != EINTR { throw SystemError(call.description, on: object(), code: code) }
    }
}
