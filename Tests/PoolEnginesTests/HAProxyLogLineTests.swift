import PoolEngines
import PoolHTTP
import Testing

@Suite struct HAProxyLogLineTests {
    @Test func aLineIsTakenApart() throws {
        let line = try #require(HAProxyLogLine("p|example/example_1|200|52|80|173|--|+1\n"))
        #expect(!line.isProbe && line.status == 200 && line.server == "example/example_1")
        #expect(line.microseconds == 52_000 && line.bytesIn == 80 && line.bytesOut == 173)
        #expect(line.ending == .normal && line.retries == 1)
        #expect(try #require(HAProxyLogLine("probe|pool_probe/<NOSRV>|503|-1|0|0|SC|0")).isProbe)
    }

    @Test(arguments: [
        ("--", Termination.normal), ("SC", Termination(.worker, .connect)),
        ("sC", Termination(.workerTimeout, .connect)),
        ("SH", Termination(.worker, .header)), ("sH", Termination(.workerTimeout, .header)),
        ("SD", Termination(.worker, .data)), ("CD", Termination(.client, .data)), ("CL", Termination(.client, .data)),
        ("cR", Termination(.clientTimeout, .request)), ("PR", Termination(.proxy, .request)),
        ("PH", Termination(.proxy, .header)), ("sQ", Termination(.workerTimeout, .queue)),
        ("RC", Termination(.resources, .connect)), ("DH", Termination(.killed, .header)),
        ("LR", Termination(.none, .request)), ("IH", Termination(.resources, .header)),
        ("KT", Termination(.killed, .tunnel)),
    ])
    func itsTerminationCodesAreOurs(code: String, ours: Termination) { #expect(Termination(haproxy: code) == ours) }

    @Test(arguments: [
        "", "p", "Server example/example_1 is DOWN", "p|a/b|x|1|1|1|--|0", "p|a/b|200|1|-1|1|--|0",
        "p|a/b|200|1|1|1|-|0", "p|a/b|200|1|1|1|??|0", "p|a/b|200|1|1|1|--|", "p|a/b|200|1|1|1|--|-1",
        "p|a|b|200|1|1|1|--|0", "q|a/b|200|1|1|1|--|0",
    ])
    func whatIsNoneIsDropped(text: String) { #expect(HAProxyLogLine(text) == nil) }

    @Test func statisticsAreReadByTheirNames() throws {
        let text = """
            # pxname,svname,qcur,scur,status,check_status,last_chk,req_tot,conn_tot,connect,
            front,FRONTEND,,3,OPEN,,,21,9,,
            pool_probe_front,FRONTEND,,1,OPEN,,,6,6,,
            example,example_1,1,2,UP,L4OK,"ok, it is",,,7,
            example,example_2,0,0,DOWN,L4CON,"Connection refused, at all",,,1,
            example,BACKEND,4,2,UP,,,,,,

            """
        let status = try #require(HAProxyStatus(text))
        #expect(status.connections == 3 && status.accepted == 9 && status.requests == 27 && status.queued == 4)
        let first = try #require(status.servers["example/example_1"])
        #expect(first.inFlight == 2 && first.queued == 1 && first.connects == 7 && !first.isDown)
        let second = try #require(status.servers["example/example_2"])
        #expect(second.isDown && second.check == "L4CON, Connection refused, at all")
        #expect(HAProxyStatus("Unknown command") == nil && HAProxyStatus("") == nil)
        #expect(HAProxyStatus("# a,b,c\n") == nil)
    }
}
