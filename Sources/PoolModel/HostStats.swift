/// How short the host is of what workers need.
package struct HostStats: Hashable, Sendable, Codable {
    /// Shares of the last ten seconds and of the last minute, in percent, in which somebody waited (the kernel's
    /// pressure stall information).
    package struct Pressure: Hashable, Sendable, Codable {
        package var some10: Double
        package var some60: Double
        /// In which nobody got on.
        package var full10: Double

        package init(some10: Double, some60: Double, full10: Double) {
            self.some10 = some10
            self.some60 = some60
            self.full10 = full10
        }
    }

    /// nil where the kernel does not say.
    package var cpu: Pressure?
    package var memory: Pressure?
    package var io: Pressure?
    /// Processes of our own cgroup that the kernel killed for want of memory; nil where there is no cgroup v2.
    package var cgroupOOMKills: UInt64?
    /// Processes of the host that it killed for that; nil where the kernel does not say.
    package var hostOOMKills: UInt64?

    package init(
        cpu: Pressure? = nil,
        memory: Pressure? = nil,
        io: Pressure? = nil,
        cgroupOOMKills: UInt64? = nil,
        hostOOMKills: UInt64? = nil
    ) {
        self.cpu = cpu
        self.memory = memory
        self.io = io
        self.cgroupOOMKills = cgroupOOMKills
        self.hostOOMKills = hostOOMKills
    }
}
