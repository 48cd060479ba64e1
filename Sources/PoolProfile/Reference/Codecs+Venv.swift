import PoolModel
internal import PoolTOML

extension ProfileCodec<VenvSpec> {
    /// `{ packages = ["gunicorn", "aiohttp"], path = "venv" }`.
    static let venv = ProfileCodec(
        type: "table of packages, path, python and timeout",
        expected: "a table such as { packages = [\"gunicorn\", \"aiohttp\"] }",
        reading: { value, problems in
            guard case .table(let table) = value.kind else {
                problems.append(.expected("a table such as { packages = [\"gunicorn\", \"aiohttp\"] }", found: value))
                return nil
            }
            var reader = InlineTable(table, of: "venv", at: value.position)
            let count = problems.count
            let packages = reader.required("packages", package.oneOrMore, &problems)
            let path = reader.optional("path", .text, &problems)
            let python = reader.optional("python", .text, &problems)
            let timeout = reader.optional("timeout", .duration(from: .seconds(1)), &problems)
            reader.finish(&problems)
            guard let packages, problems.count == count else { return nil }
            guard (1...packagesMax).contains(packages.count) else {
                problems.append(
                    ProfileProblem(
                        position: value.position,
                        message: "venv has \(packages.count) packages, of 1 to \(packagesMax)"
                    )
                )
                return nil
            }
            var spec = VenvSpec(packages: packages)
            if let path { spec.path = path }
            if let python { spec.python = python }
            if let timeout { spec.timeout = timeout }
            return spec
        },
        write: { spec in
            let standard = VenvSpec(packages: [])
            var entries = ["packages = \(ProfileCodec<String>.text.array.write(spec.packages))"]
            if spec.path != standard.path { entries.append("path = \(quoted(spec.path))") }
            if spec.python != standard.python { entries.append("python = \(quoted(spec.python))") }
            if spec.timeout != standard.timeout {
                entries.append("timeout = \(ProfileCodec<Duration>.duration.write(spec.timeout))")
            }
            return inlineTable(entries)
        }
    )

    private static let packagesMax = 100

    /// A requirement, and no option of pip: those could run or fetch anything.
    private static let package = ProfileCodec<String>.text.checked { text in
        text.hasPrefix("-") || text.utf8.count > 500
            ? ("\(quoted(String(text.prefix(40)))) is no package", "write a requirement such as \"aiohttp>=3.13\"")
            : nil
    }
}
