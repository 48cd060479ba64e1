import PoolModel
internal import PoolTOML

extension ProfileCodec<GzipSpec> {
    /// `true`, or `{ types = ["text/*"], min_size = "1k", level = 4 }`.
    static let gzip = ProfileCodec(
        type: "boolean, or table of types, min_size and level",
        expected: "true, false or a table such as { types = [\"text/html\"], min_size = \"1k\", level = 4 }",
        reading: { value, problems in
            if value.kind == .boolean(true) { return GzipSpec() }
            guard case .table(let table) = value.kind else {
                problems.append(.expected("true, false or a table such as { level = 4 }", found: value))
                return nil
            }
            var reader = InlineTable(table, of: "gzip", at: value.position)
            let count = problems.count
            var spec = GzipSpec()
            if let types = reader.optional("types", mediaType.oneOrMore, &problems) { spec.types = types }
            if let least = reader.optional("min_size", ProfileCodec<Int>.size(0...1 << 30), &problems) {
                spec.bytesMin = least
            }
            if let level = reader.optional("level", ProfileCodec<Int>.integer(1...9), &problems) { spec.level = level }
            reader.finish(&problems)
            return problems.count == count ? spec : nil
        },
        write: { spec in
            guard spec != GzipSpec() else { return "true" }
            return inlineTable([
                "types = \(mediaType.oneOrMore.write(spec.types))",
                "min_size = \(ProfileCodec<Int>.size(0...1 << 30).write(spec.bytesMin))", "level = \(spec.level)",
            ])
        }
    )

    private static let mediaType = ProfileCodec<String>.text.checked { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isType = parts.count == 2 && parts.allSatisfy(ProfileCodec<String>.isToken) && parts[0] != "*"
        return isType ? nil : ("\(quoted(text)) is no media type", "write \"text/html\" or \"text/*\"")
    }
}

extension ProfileCodec<ErrorPageSpec> {
    /// `{ status = [502, 503], file = "50x.html" }`.
    static let errorPage = ProfileCodec(
        type: "table of status and file",
        expected: "a table such as { status = [502, 503, 504], file = \"50x.html\" }",
        reading: { value, problems in
            guard case .table(let table) = value.kind else {
                problems.append(.expected("a table such as { status = 503, file = \"503.html\" }", found: value))
                return nil
            }
            var reader = InlineTable(table, of: "error_page", at: value.position)
            let count = problems.count
            let statuses = reader.required("status", ProfileCodec<Int>.integer(400...599).oneOrMore, &problems)
            let file = reader.required("file", .text, &problems)
            reader.finish(&problems)
            guard let statuses, let file, problems.count == count else { return nil }
            return ErrorPageSpec(statuses: statuses, file: file)
        },
        write: { spec in
            let statuses = ProfileCodec<Int>.integer(400...599).oneOrMore.write(spec.statuses)
            return inlineTable(["status = \(statuses)", "file = \(quoted(spec.file))"])
        }
    )
}

extension ProfileCodec<StaticSpec> {
    /// `{ prefix = "/static/", root = "static" }`.
    static let files = ProfileCodec(
        type: "table of prefix, root, index, max_age, precompressed and follow_links",
        expected: "a table such as { prefix = \"/static/\", root = \"static\" }",
        reading: { value, problems in
            guard case .table(let table) = value.kind else {
                problems.append(
                    .expected("a table such as { prefix = \"/static/\", root = \"static\" }", found: value)
                )
                return nil
            }
            var reader = InlineTable(table, of: "static", at: value.position)
            let count = problems.count
            let prefix = reader.required("prefix", prefix, &problems)
            let root = reader.required("root", .text, &problems)
            let index = reader.optional("index", fileName, &problems)
            let maxAge = reader.optional("max_age", .duration, &problems)
            let precompressed = reader.optional("precompressed", .boolean, &problems)
            let followsLinks = reader.optional("follow_links", .boolean, &problems)
            reader.finish(&problems)
            guard let prefix, let root, problems.count == count else { return nil }
            var spec = StaticSpec(prefix: prefix.hasSuffix("/") ? prefix : prefix + "/", root: root)
            spec.index = index
            spec.maxAge = maxAge
            spec.precompressed = precompressed ?? false
            spec.followsLinks = followsLinks ?? true
            return spec
        },
        write: { spec in
            var entries = ["prefix = \(quoted(spec.prefix))", "root = \(quoted(spec.root))"]
            if let index = spec.index { entries.append("index = \(quoted(index))") }
            if let maxAge = spec.maxAge { entries.append("max_age = \(ProfileCodec<Duration>.duration.write(maxAge))") }
            if spec.precompressed { entries.append("precompressed = true") }
            if !spec.followsLinks { entries.append("follow_links = false") }
            return inlineTable(entries)
        }
    )

    private static let prefix = ProfileCodec<String>.requestPath.checked { path in
        path != "/" && !path.utf8.contains(UInt8(ascii: "?"))
            ? nil : ("\(quoted(path)) is no prefix of paths", "write \"/static/\": the rest goes to the workers")
    }

    private static let fileName = ProfileCodec<String>.text.checked { name in
        name.utf8.contains(UInt8(ascii: "/")) || name.hasPrefix(".")
            ? ("\(quoted(name)) is no name of a file", "write \"index.html\"") : nil
    }
}
