package import PoolScreen

/// How a user wants the views to begin: what settings say beyond the options of the command line.
package struct Look: Hashable, Sendable {
    /// The table's columns from the left; nil for all, dropped by width.
    package var columns: [WorkerColumn]?
    package var sort: WorkerColumn?
    package var isDescending: Bool?
    package var showsLogs = true
    package var isWrapped = false
    package var timeStyle = LogPane.TimeStyle.ofDay
    /// Commands that have other keys than usual.
    package var keys: [Command: [Key]] = [:]

    package init() {}
}

extension DashboardModel {
    /// Begins as the look says.
    package mutating func adopt(_ look: Look) {
        settings.columns = look.columns
        if let sort = look.sort {
            table.sort = sort
            table.isDescending = look.isDescending ?? sort.startsDescending
        } else if let isDescending = look.isDescending {
            table.isDescending = isDescending
        }
        showsLogs = look.showsLogs
        logs.isWrapped = look.isWrapped
        logs.timeStyle = look.timeStyle
        keys = KeyMap.rebound(look.keys).keys
        self.look = look
    }

    /// The look as it is now, for whoever wants to keep it.
    package var presentLook: Look {
        var now = look
        now.columns = settings.columns
        now.sort = table.sort
        now.isDescending = table.isDescending
        now.showsLogs = showsLogs
        now.isWrapped = logs.isWrapped
        now.timeStyle = logs.timeStyle
        return now
    }
}
