internal import PoolModel

extension HTTPDate {
    /// Seconds after the epoch of a date in the one form that is still written, `Sun, 06 Nov 1994 08:49:37 GMT`.
    package static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard bytes.count == bytesCount, bytes[3] == ASCII.comma, bytes[26...].elementsEqual(Array("GMT".utf8)) else {
            return nil
        }
        func number(_ start: Int, _ count: Int) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[start..<start + count] {
                guard ASCII.isDigit(byte) else { return nil }
                value = value * 10 + Int64(byte - ASCII.zero)
            }
            return value
        }
        let names = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)
        guard let day = number(5, 2), let year = number(12, 4), let hour = number(17, 2), let minute = number(20, 2),
            let second = number(23, 2),
            let month = (0..<12).first(where: { bytes[8..<11].elementsEqual(names[$0 * 3..<$0 * 3 + 3]) })
        else { return nil }
        guard (1...31).contains(day), hour < 24, minute < 60, second <= 60 else { return nil }
        return days(year, Int64(month) + 1, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Days from the epoch to a date of the Gregorian calendar: years begin in March, so that leap days come last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
