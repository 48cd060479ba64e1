internal import PoolAPI
internal import PoolClient
private import PoolModel

extension Context {
    /// Follows a stream of things until Ctrl-C or the end of `--timeout`; sits out a restart of the daemon, and says
    /// on standard error what was missed.
    func follow<Value: Decodable>(_ call: APICall, show: (Value) throws -> Void) throws -> ExitCode {
        var hasBeenConnected = false
        var isLost = false
        _ = try StreamFollower(call, on: session).run(
            until: settings.timeout.map { ContinuousClock.now.advanced(by: $0) },
            isInterrupted: environment.isInterrupted
        ) { update in
            switch update {
            case .connected:
                if isLost { try note("poolctl: connected again") }
                hasBeenConnected = true
                isLost = false
            case .lost(let error, _):
                guard hasBeenConnected, error.isTransient else { throw error }
                if !isLost { try note("poolctl: \(error.message); waiting for the daemon") }
                isLost = true
            case .records(let records):
                // A reader that has gone is only noticed by writing, and there may be nothing to write for hours.
                guard environment.isOutputOpen() else { throw OutputClosed() }
                for record in records {
                    switch record.kind {
                    case .snapshot, .change: try show(try record.decode())
                    case .gap:
                        let gap: StreamGap = try record.decode()
                        if gap.missed > 0 { try note("poolctl: \(gap.missed) records were missed") }
                        if gap.reset { try note("poolctl: the daemon counts anew; this begins with what it has kept") }
                    case .heartbeat: break
                    }
                }
            }
            return true
        }
        return .done
    }
}
