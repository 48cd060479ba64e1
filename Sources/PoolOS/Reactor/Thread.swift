internal import CPoolOS
internal import Glibc

/// A thread of the system's: for loops that must not share Swift's cooperative pool.
package enum Thread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a detached thread. Its name, of which 15 bytes are kept, is what `top -H` shows.
    package static func start(name: String, _ run: @escaping @Sendable () -> Void) throws(SystemError) {
        let body = Unmanaged.passRetained(Body(name: name, run: run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                pool_set_name(body.name)
                body.run()
                return nil
            },
            body.toOpaque()
        )
        if code != 0 {
            body.release()
            throw SystemError("pthread_create", on: name, code: code)
        }
        pthread_detach(thread)
    }

    /// Lets the calling thread have what the others leave. It cannot be taken back without privileges.
    package static func lowerPriority() { pool_lower_priority(10) }
}
