internal import PoolModel

/// The date of HTTP fields (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    package static let bytesCount = 29

    /// Writes 29 bytes. Do it once a second, not once a request.
    ///
    /// - Parameter seconds: after the Unix epoch, in years 0 to 9999.
    package static func write(seconds: Int64, to out: UnsafeMutablePointer<UInt8>) {
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        let date = Timestamp.date(daysSinceEpoch: days)
        var writer = ByteWriter(out)
        // The epoch was a Thursday.
        let weekday = Int(((days + 4) % 7 + 7) % 7)
        let weekdays: StaticString = "SunMonTueWedThuFriSat"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        writer.append(weekdays.utf8Start + weekday * 3, 3)
        writer.append(", ")
        writer.append(twoDigits: date.day)
        writer.append(ASCII.space)
        writer.append(months.utf8Start + Int(date.month - 1) * 3, 3)
        writer.append(ASCII.space)
        writer.append(twoDigits: date.year / 100)
        writer.append(twoDigits: date.year % 100)
        writer.append(ASCII.space)
        writer.append(twoDigits: rest / 3600)
        writer.append(ASCII.colon)
        writer.append(twoDigits: rest / 60 % 60)
        writer.append(ASCII.colon)
        writer.append(twoDigits: rest % 60)
        writer.append(" GMT")
    }
}
