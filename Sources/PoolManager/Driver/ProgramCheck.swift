internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS

/// A program as a file: whether another one lies at its path by now.
package struct ProgramFile: Hashable, Sendable, Codable {
    package var path: String
    package var device: UInt64
    package var inode: UInt64

    package init(path: String, device: UInt64, inode: UInt64) {
        self.path = path
        self.device = device
        self.inode = inode
    }

    /// The same file, by whatever name.
    package func isSame(as other: ProgramFile) -> Bool { device == other.device && inode == other.inode }

    /// The file at a path; nil where there is none.
    package init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(path: path, device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// This process's own, which may be gone from its path.
    package static var own: ProgramFile {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &bytes, bytes.count)
        var path = String(decoding: bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let mark = " (deleted)"
        if path.hasSuffix(mark) { path.removeLast(mark.count) }
        let file = ProgramFile(at: "/proc/self/exe")
        return ProgramFile(path: path, device: file?.device ?? 0, inode: file?.inode ?? 0)
    }
}

/// A program that may take this one's place.
package struct ProgramOffer: Hashable, Sendable {
    package var file: ProgramFile
    package var version: String
}

/// Asks a program whether the keeper may become it, by executing it: what answers is a poold that reads our handover.
package enum ProgramCheck {
    /// How long it may take to answer.
    private static let limitSeconds: Int32 = 10
    private static let answerBytesMax = 256
    private static let name = "poold-handover"

    /// What this program answers: `poold-handover 1 0.1.0`.
    package static var offer: String { "\(name) \(KeeperHandover.version) \(ManagerProcess.version)" }

    /// Takes as long as the program does: not to be called on the manager's thread.
    static func run(_ path: String) -> Result<ProgramOffer, PoolError> {
        func refuse(_ why: String) -> Result<ProgramOffer, PoolError> {
            .failure(
                PoolError(
                    .invalidArgument,
                    "\(path) cannot take over: \(why)",
                    remedy: "nothing was changed; install the new poold at that path, or give another --program"
                )
            )
        }
        guard path.hasPrefix("/") else { return refuse("the path is not absolute") }
        guard let file = ProgramFile(at: path) else { return refuse(SystemError("stat", on: path, code: errno).reason) }
        switch answer(of: path) {
        case .failure(let problem): return refuse(problem.reason)
        case .success(let text):
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 3, words[0] == name else { return refuse("it is not a poold that can be upgraded to") }
            guard words[1] == "\(KeeperHandover.version)" else {
                return refuse("it takes handover \(words[1]), and this one gives \(KeeperHandover.version)")
            }
            return .success(ProgramOffer(file: file, version: String(words[2])))
        }
    }

    private struct Refusal: Error { var reason: String }

    private static func answer(of path: String) -> Result<String, Refusal> {
        do {
            // Not a pipe: what says more than it should would wait for us, and we for its end.
            let output = FileDescriptor(adopting: try syscall("memfd_create") { pool_memfd("pool-answer") })
            let request = SpawnRequest(
                executable: path,
                arguments: ["poold", "handover"],
                environment: ProcessEnvironment.entries
            )
            let child = try ProcessSpawner.spawn(request, descriptors: [SpawnDescriptor(output, as: 1)])
            let hasEnded = child.pidfd.waitReadable(seconds: limitSeconds)
            if !hasEnded { kill(child.pid, SIGKILL) }
            var status: Int32 = 0
            while waitpid(child.pid, &status, 0) == -1, errno == EINTR {}
            guard hasEnded else { return .failure(Refusal(reason: "it does not answer within \(limitSeconds) s")) }
            guard status == 0 else { return .failure(Refusal(reason: "it is not a poold that can be upgraded to")) }
            let bytes = try output.contents(bytesMax: answerBytesMax)
            return .success(String(decoding: bytes, as: UTF8.self))
        } catch let failure as SpawnFailure {
            return .failure(Refusal(reason: "\(failure.step): \(ExitReason.errorName(failure.code))"))
        } catch {
            return .failure(Refusal(reason: "\(error)"))
        }
    }
}
