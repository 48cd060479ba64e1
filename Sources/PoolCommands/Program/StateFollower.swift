internal import PoolAPI
internal import PoolClient

/// Makes states out of the records of the state stream.
struct StateFollower {
    private(set) var state: StateSnapshot?
    private var hasBeenConnected = false

    /// The newest state that an update brings; nil where it brings none.
    ///
    /// Throws where there never was a connection: a daemon that is not there is an error, one that is being restarted
    /// is waited for.
    mutating func take(_ update: StreamFollower.Update, waitsForDaemon: Bool = false) throws -> StateSnapshot? {
        switch update {
        case .connected:
            hasBeenConnected = true
            return nil
        case .lost(let error, _):
            guard hasBeenConnected || waitsForDaemon, error.isTransient else { throw error }
            return nil
        case .records(let records):
            var isNew = false
            for record in records {
                switch record.kind {
                case .snapshot:
                    state = try record.decode()
                    isNew = true
                case .change:
                    state?.apply(try record.decode())
                    isNew = true
                case .gap, .heartbeat:
                    break
                }
            }
            return isNew ? state : nil
        }
    }
}
