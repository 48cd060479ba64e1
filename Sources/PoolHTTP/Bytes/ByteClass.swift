/// What each byte may be part of: one look into a table of 256 bytes.
///
/// The table is a string literal, so that its address is a constant: no lazy global, no check on the hot path.
/// Each character is `@` (0x40) plus the bits below; a test compares it with the grammar spelled out.
enum ByteClass {
    /// `tchar` of RFC 9110, 5.6.2: methods, field names, connection options.
    static let token: UInt8 = 1
    /// A registered name or IPv4 address (RFC 3986, 3.2.2), without the comma, which two parsers could take for a list.
    static let host: UInt8 = 2
    /// A request target: visible ASCII other than `#`.
    static let target: UInt8 = 4
    /// A token character other than the underscore, which CGI-like servers fold with the hyphen.
    static let plainToken: UInt8 = 8
    static let hexDigit: UInt8 = 16

    @inline(__always)
    static var table: UnsafePointer<UInt8> {
        let literal: StaticString = """
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
            @ODIOOOOFFOODOOD__________DFDFDD\
            D______OOOOOOOOOOOOOOOOOOOODDDMG\
            M______OOOOOOOOOOOOOOOOOOOODMDO@\
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
            """
        return literal.utf8Start
    }

    /// Whether every byte has one of the wanted classes; true of an empty range.
    @inline(__always)
    static func all(_ bytes: UnsafePointer<UInt8>, _ count: Int, are wanted: UInt8) -> Bool {
        let table = table
        var index = 0
        while index < count {
            if table[Int(bytes[index])] & wanted == 0 { return false }
            index &+= 1
        }
        return true
    }
}
