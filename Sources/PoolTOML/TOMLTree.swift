/// A table while it is being built: TOML says by which form a table was made, and which forms may add to it.
final class TOMLTableNode {
    enum Origin {
        /// Made on the way to a sub-table: `[a.b]` makes `a`. A header may still define it.
        case implicit
        case header, dotted, inline
    }

    enum Node {
        case value(TOMLValue)
        case table(TOMLTableNode)
        /// `[[name]]`: the last one is open.
        case tables([TOMLTableNode], at: TextPosition)
    }

    var origin: Origin
    let position: TextPosition
    private var keys: [(name: String, position: TextPosition)] = []
    private var nodes: [String: Node] = [:]

    init(_ origin: Origin, at position: TextPosition) {
        self.origin = origin
        self.position = position
    }

    subscript(key: TOMLKeyPart) -> Node? { nodes[key.name] }

    func set(_ key: TOMLKeyPart, _ node: Node) {
        if nodes.updateValue(node, forKey: key.name) == nil { keys.append((key.name, key.position)) }
    }

    func positionOfKey(_ name: String) -> TextPosition? { keys.first { $0.name == name }?.position }

    /// The finished table. Recursion is bounded by the parser's bound on depth.
    var finished: TOMLTable {
        TOMLTable(
            entries: keys.compactMap { key in
                guard let node = nodes[key.name] else { return nil }
                let value =
                    switch node {
                    case .value(let value): value
                    case .table(let table): TOMLValue(.table(table.finished), at: table.position)
                    case .tables(let tables, let position):
                        TOMLValue(.array(tables.map { TOMLValue(.table($0.finished), at: $0.position) }), at: position)
                    }
                return TOMLTable.Entry(key: key.name, keyPosition: key.position, value: value)
            }
        )
    }
}

/// One part of a key: `a` and `b` of `a.b`.
struct TOMLKeyPart {
    var name: String
    var position: TextPosition
}

extension TOMLTableNode {
    /// The table that `[a.b.c]` opens below this one.
    func open(_ path: [TOMLKeyPart]) throws(TOMLSyntaxError) -> TOMLTableNode {
        guard let last = path.last else { return self }
        let parent = try walk(path.dropLast())
        switch parent[last] {
        case nil:
            let table = TOMLTableNode(.header, at: last.position)
            parent.set(last, .table(table))
            return table
        case .table(let table) where table.origin == .implicit:
            table.origin = .header
            return table
        default: throw parent.duplicate(last)
        }
    }

    /// The table that `[[a.b.c]]` adds below this one.
    func append(_ path: [TOMLKeyPart]) throws(TOMLSyntaxError) -> TOMLTableNode {
        guard let last = path.last else { return self }
        let parent = try walk(path.dropLast())
        let table = TOMLTableNode(.header, at: last.position)
        switch parent[last] {
        case nil: parent.set(last, .tables([table], at: last.position))
        case .tables(let tables, let position): parent.set(last, .tables(tables + [table], at: position))
        default: throw parent.duplicate(last)
        }
        return table
    }

    /// Sets `a.b = value` in this table.
    func insert(_ path: [TOMLKeyPart], _ value: TOMLValue) throws(TOMLSyntaxError) {
        var table = self
        for part in path.dropLast() {
            switch table[part] {
            case nil:
                let next = TOMLTableNode(.dotted, at: part.position)
                table.set(part, .table(next))
                table = next
            case .table(let next) where next.origin == .dotted: table = next
            default: throw table.duplicate(part)
            }
        }
        guard let last = path.last else { return }
        guard table[last] == nil else { throw table.duplicate(last) }
        table.set(last, .value(value))
    }

    private func walk(_ path: ArraySlice<TOMLKeyPart>) throws(TOMLSyntaxError) -> TOMLTableNode {
        var table = self
        for part in path {
            switch table[part] {
            case nil:
                let next = TOMLTableNode(.implicit, at: part.position)
                table.set(part, .table(next))
                table = next
            case .table(let next): table = next
            case .tables(let tables, _):
                guard let next = tables.last else { throw table.duplicate(part) }
                table = next
            case .value: throw table.duplicate(part)
            }
        }
        return table
    }

    private func duplicate(_ part: TOMLKeyPart) -> TOMLSyntaxError {
        let first = positionOfKey(part.name).map { " on line \($0.line)" } ?? ""
        return TOMLSyntaxError(position: part.position, message: "\(quoted(part.name)) is already defined\(first)")
    }
}
