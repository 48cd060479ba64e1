/// A file sent as the body of the proxy's own answers with some statuses, to clients that do not ask for JSON.
package struct ErrorPageSpec: Hashable, Sendable, Codable {
    /// 400...599.
    package var statuses: [Int]
    /// UTF-8; its type goes by its name.
    package var file: String

    package init(statuses: [Int], file: String) {
        self.statuses = statuses
        self.file = file
    }
}

/// What a front says while it is in maintenance.
package struct MaintenanceSpec: Hashable, Sendable, Codable {
    /// The page; nil sends the proxy's plain words.
    package var page: String?
    /// `Retry-After` where the operator names none.
    package var retryAfter = Duration.seconds(60)
    /// Clients who are let through (CIDR): those who look whether it works again.
    package var allow: [String] = []

    package init() {}
}

/// A file that a front names, as the manager read it: proxies need no right to read it.
package struct FrontFile: Hashable, Sendable, Codable {
    /// What routing tables call it.
    package var path: String
    package var text: String

    package init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

extension FrontSpec {
    /// All files that the manager reads for the front, but for its certificates.
    package var files: Set<String> { pages.union(authorityFiles) }

    /// Files with the authorities for clients' certificates.
    package var authorityFiles: Set<String> { Set(listeners.compactMap { $0.tls?.clients?.authorities }) }

    /// Whether any listener asks clients for certificates: what workers are told of them is then nobody else's to say.
    package var asksClients: Bool { listeners.contains { $0.tls?.clients != nil } }

    /// The pages that the front names.
    package var pages: Set<String> {
        Set(errorPages.map(\.file) + (maintenance.page.map { [$0] } ?? []))
    }
}
