package import PoolModel

/// What a worker or a pool carried in each ten seconds of the last hour.
///
/// Memory: 32 bytes for each bucket, 12 kB for a whole hour. Beyond an hour: the oldest bucket goes.
package struct StatsSeries: Hashable, Sendable {
    package static let bucketSeconds = 10
    package static let bucketsMax = 360

    /// What is read once a second.
    package struct Reading: Hashable, Sendable {
        /// Totals.
        package var requests: UInt64
        package var failures: UInt64
        package var inFlight: UInt64
        package var p99Milliseconds: Double?
        package var cpuPercent: Double
        package var rssBytes: UInt64

        package init(_ traffic: TrafficStats, cpuPercent: Double, rssBytes: UInt64) {
            requests = traffic.requests
            failures = traffic.errors &+ traffic.status5xx
            inFlight = traffic.inFlight
            p99Milliseconds = traffic.p99Milliseconds
            self.cpuPercent = cpuPercent
            self.rssBytes = rssBytes
        }
    }

    private struct Bucket: Hashable, Sendable {
        var at: Timestamp
        var requests: UInt32
        var failures: UInt32
        var inFlight: UInt32
        /// NaN where there was no request.
        var p99: Float
        var cpu: Float
        var rssKiB: UInt32
    }

    private var buckets: [Bucket] = []
    /// The oldest one's place, once there are as many as there may be.
    private var first = 0
    private var due: Duration?
    /// The totals at the end of the last bucket.
    private var requests: UInt64 = 0
    private var failures: UInt64 = 0
    private var cpu = 0.0
    private var readings = 0
    private var rssBytes: UInt64 = 0

    package init() {}

    /// Takes a reading in; ends the bucket when its time is over.
    package mutating func read(_ reading: Reading, at moment: Moment) {
        guard let due else {
            begin(reading, moment)
            return
        }
        cpu += reading.cpuPercent
        readings += 1
        rssBytes = max(rssBytes, reading.rssBytes)
        guard moment.now >= due else { return }
        let bucket = Bucket(
            at: moment.wall,
            // The totals begin anew with the statistics segment: what was before is not subtracted.
            requests: UInt32(clamping: reading.requests >= requests ? reading.requests - requests : reading.requests),
            failures: UInt32(clamping: reading.failures >= failures ? reading.failures - failures : reading.failures),
            inFlight: UInt32(clamping: reading.inFlight),
            p99: reading.p99Milliseconds.map { Float($0) } ?? .nan,
            cpu: Float(cpu / Double(readings)),
            rssKiB: UInt32(clamping: rssBytes >> 10)
        )
        if buckets.count < StatsSeries.bucketsMax {
            buckets.append(bucket)
        } else {
            buckets[first] = bucket
            first = (first + 1) % StatsSeries.bucketsMax
        }
        begin(reading, moment)
    }

    private mutating func begin(_ reading: Reading, _ moment: Moment) {
        due = moment.now + .seconds(StatsSeries.bucketSeconds)
        requests = reading.requests
        failures = reading.failures
        cpu = 0
        readings = 0
        rssBytes = 0
    }

    /// The buckets that ended after an instant, oldest first.
    package func points(after instant: Timestamp) -> [HistoryPoint] {
        (0..<buckets.count).compactMap { offset in
            let bucket = buckets[(first + offset) % buckets.count]
            guard bucket.at > instant else { return nil }
            return HistoryPoint(
                at: bucket.at,
                requests: UInt64(bucket.requests),
                failures: UInt64(bucket.failures),
                inFlight: UInt64(bucket.inFlight),
                p99Milliseconds: bucket.p99.isNaN ? nil : Double(bucket.p99),
                cpuPercent: Double(bucket.cpu),
                rssBytes: UInt64(bucket.rssKiB) << 10
            )
        }
    }
}
