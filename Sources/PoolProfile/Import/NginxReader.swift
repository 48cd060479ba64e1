internal import PoolTOML

/// Reads nginx's configuration with everything that it includes.
struct NginxReader {
    private(set) var notes: [ImportNote] = []
    private let include: ImportInclude
    private var includesLeft = ImportLimits.filesMax

    init(include: @escaping ImportInclude) { self.include = include }

    mutating func directives(of source: ImportSource) -> [NginxConf.Directive] {
        if let refusal = source.refusal {
            notes.append(refusal)
            return []
        }
        let conf = NginxConf(source)
        notes += conf.notes
        return included(conf.directives, in: source)
    }

    /// The directives with every `include` replaced by what it names, at every depth.
    private mutating func included(
        _ directives: [NginxConf.Directive],
        in source: ImportSource
    ) -> [NginxConf.Directive] {
        var result: [NginxConf.Directive] = []
        for directive in directives {
            if directive.name.text == "include", directive.block == nil {
                result += files(directive, in: source)
            } else if let block = directive.block {
                var changed = directive
                changed.block = included(block, in: source)
                result.append(changed)
            } else {
                result.append(directive)
            }
        }
        return result
    }

    private mutating func files(_ directive: NginxConf.Directive, in source: ImportSource) -> [NginxConf.Directive] {
        let pattern = directive.argument(0)
        if pattern.hasSuffix("mime.types") {
            notes.append(directive.name.note(.unneeded, "answers come from the workers, with their types"))
            return []
        }
        let files = include(pattern, source.file)
        let read = files.prefix(max(0, includesLeft))
        includesLeft -= max(1, read.count)
        if files.isEmpty { notes.append(directive.name.note(.lost, "\(pattern) was not found or not read")) }
        if read.count < files.count {
            let reason = "\(files.count - read.count) files were not read: more than \(ImportLimits.filesMax) in all"
            notes.append(directive.name.note(.invalid, reason))
        }
        var result: [NginxConf.Directive] = []
        for file in read { result += directives(of: file) }
        return result
    }
}
