/// What `show stat` says: one row of numbers for each frontend, backend and server.
package struct HAProxyStatus: Hashable {
    package struct Server: Hashable {
        /// Requests under way.
        package var inFlight: UInt64
        package var queued: UInt64
        /// Connections that were opened to it.
        package var connects: UInt64
        /// `UP`, `DOWN`, `DRAIN`, `MAINT`, `no check`, `UP 1/3`, …
        package var state: String
        /// What its check found: `L4CON`, and what HAProxy says of it.
        package var check: String

        package var isDown: Bool { state.hasPrefix("DOWN") }
    }

    /// By `BACKEND/NAME`.
    package var servers: [String: Server] = [:]
    /// Clients' connections, and those that were accepted; the private listener's are not among them.
    package var connections: UInt64 = 0
    package var accepted: UInt64 = 0
    /// Requests of clients and probes.
    package var requests: UInt64 = 0
    /// Requests that wait for a server.
    package var queued: UInt64 = 0

    /// - Parameter text: CSV with a first line of names, which tells the columns: their order is a version's.
    package init?(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let head = lines.first, head.hasPrefix("# ") else { return nil }
        var columns: [Substring: Int] = [:]
        for (index, name) in head.dropFirst(2).split(separator: ",", omittingEmptySubsequences: false).enumerated() {
            columns[name] = index
        }
        guard columns["pxname"] == 0, columns["svname"] == 1, columns["scur"] != nil else { return nil }
        for line in lines.dropFirst() {
            let cells = Self.cells(line)
            func cell(_ name: Substring) -> String {
                columns[name].flatMap { cells.indices.contains($0) ? cells[$0] : nil } ?? ""
            }
            func number(_ name: Substring) -> UInt64 { UInt64(cell(name)) ?? 0 }
            switch cell("svname") {
            case "FRONTEND":
                requests += number("req_tot")
                guard !cell("pxname").hasPrefix("pool_probe") else { continue }
                connections += number("scur")
                accepted += number("conn_tot")
            case "BACKEND": queued += number("qcur")
            case let name:
                let check = [cell("check_status"), cell("last_chk")].filter { !$0.isEmpty }.joined(separator: ", ")
                servers["\(cell("pxname"))/\(name)"] = Server(
                    inFlight: number("scur"),
                    queued: number("qcur"),
                    connects: number("connect"),
                    state: cell("status"),
                    check: check
                )
            }
        }
    }

    /// A line's cells; what a check found may stand in quotes, with commas in it.
    private static func cells(_ line: Substring) -> [String] {
        var cells = [""]
        var isQuoted = false
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: cells.append("")
            default: cells[cells.count - 1].append(character)
            }
        }
        return cells
    }
}
