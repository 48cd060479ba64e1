internal import PoolModel

/// Times in the access log, always in UTC.
enum LogTime {
    /// Writes the 28 bytes of `[10/Oct/2000:13:55:36 +0000]`, for years 0 to 9999.
    static func write(seconds: Int64, to out: UnsafeMutablePointer<UInt8>) {
        let date = Timestamp.date(daysSinceEpoch: seconds / 86_400)
        let rest = seconds % 86_400
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        var writer = ByteWriter(out)
        writer.append("[")
        writer.append(twoDigits: date.day)
        writer.append(ASCII.slash)
        writer.append(months.utf8Start + Int(date.month - 1) * 3, 3)
        writer.append(ASCII.slash)
        writer.append(twoDigits: date.year / 100)
        writer.append(twoDigits: date.year % 100)
        writer.append(ASCII.colon)
        writer.append(timeOfDay: rest)
        writer.append(" +0000]")
    }

    /// `2000-10-10T13:55:36.123Z`.
    static func appendRFC3339(microseconds: Int64, to writer: inout ByteWriter) {
        let seconds = microseconds / 1_000_000
        let date = Timestamp.date(daysSinceEpoch: seconds / 86_400)
        writer.append(twoDigits: date.year / 100)
        writer.append(twoDigits: date.year % 100)
        writer.append("-")
        writer.append(twoDigits: date.month)
        writer.append("-")
        writer.append(twoDigits: date.day)
        writer.append("T")
        writer.append(timeOfDay: seconds % 86_400)
        writer.append(".")
        writer.append(ASCII.zero &+ UInt8(microseconds / 100_000 % 10))
        writer.append(twoDigits: microseconds / 1000 % 100)
        writer.append("Z")
    }
}

extension ByteWriter {
    /// `13:55:36`, of the seconds of a day.
    mutating func append(timeOfDay seconds: Int64) {
        append(twoDigits: seconds / 3600)
        append(ASCII.colon)
        append(twoDigits: seconds / 60 % 60)
        append(ASCII.colon)
        append(twoDigits: seconds % 60)
    }
}
