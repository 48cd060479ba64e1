internal import PoolModel
internal import PoolProfile

/// Looks at profiles before anything is started.
package struct ProfileCheck: Sendable {
    /// One line for each problem, as compilers print them: `profiles/x.toml:12:3: error: …`.
    package var problems: [String] = []
    /// Whether the profiles can be run together.
    package var isRunnable = false
    /// The pools' names.
    package var pools: [String] = []

    /// - Parameter paths: profiles, as people gave them.
    package init(_ paths: [String], runtimeDirectory: String) {
        var files: [(file: String, text: String)] = []
        for path in paths {
            do throws(PoolError) {
                files.append((path, try ProfileFile(path: path).text()))
            } catch {
                problems.append("\(error)")
            }
        }
        let isReadable = problems.isEmpty && !paths.isEmpty
        let set = Profile.decodeAll(files, runtimeDirectory: runtimeDirectory).withFiles
        problems += set.issues.map(\.description)
        pools = set.specs.map(\.name)
        isRunnable = isReadable && !set.hasErrors
        if paths.isEmpty { problems.append("no profile was given") }
    }

    /// The profiles that arguments name. What cannot be listed stands for itself: its reading says what is wrong with it.
    package static func expand(_ arguments: [String]) -> [String] {
        arguments.flatMap { argument -> [String] in
            let listing = ProfileListing([argument])
            return listing.failures.isEmpty ? listing.paths : [argument]
        }
    }
}
