import PoolEngines
import PoolModel
import Testing

@Suite struct NginxLogLineTests {
    @Test func aLineIsTakenApart() throws {
        let line = try #require(
            NginxLogLine("<190>Nov 22 23:00:00 p: 200|0.052|80|173|unix:/run/a.sock, 127.0.0.1:8081|-, 0.051")
        )
        #expect(!line.isProbe && line.status == 200 && line.isAnswered)
        #expect(line.microseconds == 52_000 && line.bytesIn == 80 && line.bytesOut == 173)
        #expect(line.workers == [.unix(path: "/run/a.sock"), .tcp(host: "127.0.0.1", port: 8081)])
    }

    @Test func probesFilesAndSilentWorkersAreToldApart() throws {
        #expect(try #require(NginxLogLine("<190>Nov 22 23:00:00 probe: 200|0.001|8|9|unix:/a|0.001")).isProbe)
        let file = try #require(NginxLogLine("<190>Nov 22 23:00:00 p: 304|0.000|8|9|-|-"))
        #expect(file.workers.isEmpty)
        #expect(!(try #require(NginxLogLine("<190>Nov 22 23:00:00 p: 504|60.001|8|9|unix:/a|-"))).isAnswered)
    }

    @Test(arguments: [
        "", "p", "<190> p: ", "<190> p: x|0.1|1|1|-|-", "<190> p: 200|-1|1|1|-|-", "<190> p: 200|nan|1|1|-|-",
        "<190> p: 200|1e99|1|1|-|-", "<190> p: 200|0.1|-1|1|-|-", "<190> p: 200|0.1|1|1|-",
        "<190> p: 200|0.1|1|1|-|-|-",
    ])
    func whatIsNoneIsDropped(text: String) { #expect(NginxLogLine(text) == nil) }

    @Test func statusIsRead() throws {
        let text =
            "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\nActive connections: 3 \nserver accepts handled requests\n 16 16 31 \n"
            + "Reading: 0 Writing: 1 Waiting: 2 \n"
        let status = try #require(NginxStatus(text))
        #expect(status.active == 3 && status.accepted == 16 && status.requests == 31)
        #expect(NginxStatus("Active connections: x") == nil)
    }
}
