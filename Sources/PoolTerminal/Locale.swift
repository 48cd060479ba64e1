internal import Glibc

/// The locale's character set, which decides whether ncurses writes wide characters at all.
enum Locale {
    /// Takes the environment's locale over; true where text is UTF-8.
    ///
    /// Variables that are unset, or that name a UTF-8 locale which is not generated here (the normal state of a minimal
    /// Debian), mean `C.UTF-8`: ncurses would otherwise turn wide text to blanks without an error. `C` means ASCII.
    static func adopt() -> Bool {
        _ = setlocale(LC_ALL, "")
        if isUTF8 { return true }
        let variables: [String] = ["LC_ALL", "LC_CTYPE", "LANG"]
        let values = variables.compactMap { name in getenv(name).map { String(cString: $0).lowercased() } }
        let named = values.first { !$0.isEmpty }
        guard named.map({ $0.hasSuffix("utf-8") || $0.hasSuffix("utf8") }) ?? true else { return false }
        _ = setlocale(LC_CTYPE, "C.UTF-8")
        return isUTF8
    }

    private static var isUTF8: Bool { nl_langinfo(Int32(CODESET)).map { String(cString: $0) == "UTF-8" } ?? false }
}
