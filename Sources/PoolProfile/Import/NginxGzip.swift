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

    /// What is in force; nil where nothing is compressed.
    var result: GzipSpec? { isOn ? spec : nil }

    /// A note where the directive is not carried over; nil where it is, and where it is none of these.
    mutating func take(_ directive: NginxConf.Directive) -> ImportNote? {
        let value = directive.argument(0)
        switch directive.name.text {
        case "gzip": isOn = value == "on"
        case "gzip_types":
            spec.types = ["text/html"]
            for token in directive.arguments where token.text != "text/html" {
                guard token.text.contains("/"), token.text != "*/*" else {
                    return token.note(.lost, "a media type is text/html or text/*")
                }
                spec.types.append(token.text)
            }
        case "gzip_min_length":
            guard let size = Quantity.size(value), size <= 1 << 30 else {
                return directive.name.note(.invalid, "expected a size")
            }
            spec.bytesMin = Int(size)
        case "gzip_comp_level":
            guard let level = Int(value), (1...9).contains(level) else {
                return directive.name.note(.invalid, "expected 1 to 9")
            }
            spec.level = level
        case "gzip_vary", "gzip_proxied", "gzip_disable", "gzip_buffers", "gzip_http_version":
            return directive.name.note(.unneeded, "the proxy always says Vary, and compresses for who asks for it")
        default: return nil
        }
        return nil
    }

    static func isAbout(_ name: String) -> Bool {
        name == "gzip" || name.hasPrefix("gzip_") && !["gzip_static", "gunzip"].contains(name)
    }
}
