import Glibc
import PoolOS
import Synchronization

/// A text from another thread, waited for with a deadline.
final class Promise: Sendable {
    private let value = Mutex<String?>(nil)

    func fulfil(_ text: String) { value.withLock { $0 = text } }

    func wait() -> String {
        let end = MonotonicClock.now + .seconds(30)
        while MonotonicClock.now < end {
            if let text = value.withLock({ $0 }) { return text }
            // Only bounds how often it looks; the wait has a deadline.
            usleep(2000)
        }
        return "nothing came"
    }
}

/// What several threads add to.
final class Sum: Sendable {
    private let total = Atomic(0)

    var value: Int { total.load(ordering: .relaxed) }

    func add(_ amount: Int) { total.wrappingAdd(amount, ordering: .relaxed) }
}
