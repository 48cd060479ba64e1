/// The probe: an ordinary request through the proxy to one worker.
package struct HealthSpec: Hashable, Sendable, Codable {
    /// nil turns probing off: a worker is then healthy as soon as it is ready.
    package var path: String?
    package var host = "localhost"
    package var interval = Duration.seconds(2)
    package var timeout = Duration.seconds(1)
    /// Good answers in a row that make an unhealthy worker healthy.
    package var rise = 2
    /// Bad answers in a row that make a healthy worker unhealthy.
    package var fall = 3
    /// Statuses that are good, inclusive.
    package var statusMin = 200
    package var statusMax = 399

    package init() {}
}
