package import PoolModel

/// Everything that starting one worker takes, its templates filled in.
package struct WorkerCommand: Hashable, Sendable {
    /// argv. The first is absolute, or holds no slash and is to be looked up in PATH.
    package var arguments: [String]
    /// What the profile adds to the inherited environment.
    package var environment: [String: String]
    /// Absolute paths of files of `NAME=value` lines; later ones win, ``environment`` wins over all.
    package var environmentFiles: [String]
    /// The working directory.
    package var directory: String
    /// Where the worker will listen.
    package var address: Address

    /// Fills in one worker's templates.
    ///
    /// - Parameters:
    ///   - runDirectory: the pool's own runtime directory, absolute.
    ///   - profileDirectory: where the profile lies, absolute: relative paths of the profile are relative to it.
    /// - Throws: where a template cannot be filled in, which a decoded profile has been checked for.
    package init(_ spec: PoolSpec, number: Int, runDirectory: String, profileDirectory: String) throws(TemplateError) {
        var values = TemplateValues(
            pool: spec.name,
            number: number,
            runDirectory: runDirectory,
            profileDirectory: profileDirectory
        )
        address = try WorkerCommand.address(spec.worker.listen, with: values)
        values.address = address
        let worker = spec.worker
        directory = profileDirectory
        if let path = worker.directory {
            directory = Path.absolute(try Template.expand(path, with: values), in: profileDirectory)
        }
        arguments = []
        for argument in worker.command { arguments.append(try Template.expand(argument, with: values)) }
        if let program = arguments.first, program.utf8.contains(UInt8(ascii: "/")) {
            arguments[0] = Path.absolute(program, in: directory)
        }
        environment = [:]
        for (name, value) in worker.environment { environment[name] = try Template.expand(value, with: values) }
        environmentFiles = []
        for path in worker.environmentFiles {
            environmentFiles.append(Path.absolute(try Template.expand(path, with: values), in: profileDirectory))
        }
    }

    /// The address that a `listen` template gives for one worker, or why it is none.
    package static func address(_ listen: String, with values: TemplateValues) throws(TemplateError) -> Address {
        let text = try Template.expand(listen, with: values)
        return try AddressText.read(text)
    }
}

/// Paths as text: nothing here looks at a file system.
enum Path {
    /// The path itself where it is absolute, else below the directory; leading `./` and `../` are resolved.
    static func absolute(_ path: String, in directory: String) -> String {
        if path.hasPrefix("/") { return path }
        var base = directory[...]
        var rest = path[...]
        while base.count > 1, base.hasSuffix("/") { base.removeLast() }
        while true {
            if rest == "." || rest == ".." { rest += "/" }
            if rest.hasPrefix("./") {
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("../"), let slash = base.lastIndex(of: "/"), !base.hasSuffix("/..") {
                base = slash == base.startIndex ? "/" : base[..<slash]
                rest = rest.dropFirst(3)
            } else {
                break
            }
        }
        if rest.isEmpty { return String(base) }
        return base == "/" ? "/\(rest)" : "\(base)/\(rest)"
    }

    /// The directory part; `.` where there is none.
    static func directory(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }
}
