import PoolModel
internal import PoolTOML

/// What a profile's keys must be to one another, once each of them is good by itself.
struct ProfileValidator {
    var spec: PoolSpec
    private(set) var problems: [ProfileProblem] = []
    let profile: Profile
    let runDirectory: String
    let broken: Set<String>

    /// - Parameter broken: keys whose values were refused: nothing is said of what follows from them.
    init(_ profile: Profile, runtimeDirectory: String, broken: Set<String>) {
        self.profile = profile
        self.broken = broken
        spec = profile.spec
        runDirectory = "\(runtimeDirectory)/\(spec.name)"
    }

    mutating func check() {
        checkFront()
        checkWorkers()
        checkReadiness()
        checkStopping()
        checkScale()
        checkProxyProtocol()
        checkEngine()
        checkBalance()
        checkHealth()
        checkLog()
    }

    // MARK: - Reporting

    mutating func report(
        _ severity: ProfileIssue.Severity,
        at key: String,
        _ message: String,
        _ suggestion: String? = nil
    ) {
        guard !broken.contains(key) else { return }
        let table = ProfileReference.field(key)?.table ?? key
        let position = profile.position(of: key) ?? profile.position(of: table) ?? TextPosition(line: 1, column: 1)
        problems.append(
            ProfileProblem(position: position, severity: severity, message: message, suggestion: suggestion)
        )
    }

    func isGiven(_ key: String) -> Bool { profile.position(of: key) != nil && !broken.contains(key) }
}
