import PoolModel

/// The `gzip…` directives, with nginx's own defaults where one is not said.
struct NginxGzip {
    private var isOn = false
    private var spec: GzipSpec = {
        var spec = GzipSpec()
        spec.types = ["text/html"]
        spec.bytesMin = 20
        spec.level = 1
        return spec
    }()

    /// - Parameter known: what another server of the pool has said.
    init(_ known: GzipSpec? = nil) {
        guard let known else { return }
        (isOn, spec) = (true, known)
    }

    /// What is in force; nil where nothing is compressed.
    var result: GzipSpec? { isOn ? spec : nil }

    /// Notes of what of the directive is not carried over; none where it all is, and where it is none of these.
    mutating func take(_ directive: NginxConf.Directive) -> [ImportNote] {
        let value = directive.argument(0)
        switch directive.name.text {
        case "gzip": isOn = value == "on"
        case "gzip_types":
            let tokens = directive.arguments.filter { $0.text != "text/html" }
            let isType = { (token: ImportToken) in token.text.contains("/") && token.text != "*/*" }
            spec.types = ["text/html"] + tokens.filter(isType).map(\.text)
            return tokens.filter { !isType($0) }.map { $0.note(.lost, "a media type is text/html or text/*") }
        case "gzip_min_length":
            guard let size = Quantity.size(value), size <= 1 << 30 else {
                return [directive.name.note(.invalid, "expected a size")]
            }
            spec.bytesMin = Int(size)
        case "gzip_comp_level":
            guard let level = Int(value), (1...9).contains(level) else {
                return [directive.name.note(.invalid, "expected 1 to 9")]
            }
            spec.level = level
        case "gzip_vary", "gzip_proxied", "gzip_disable", "gzip_buffers", "gzip_http_version":
            return [directive.name.note(.unneeded, "the proxy always says Vary, and compresses for who asks for it")]
        default: break
        }
        return []
    }

    static func isAbout(_ name: String) -> Bool {
        name == "gzip" || name.hasPrefix("gzip_") && !["gzip_static", "gunzip"].contains(name)
    }
}
