internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS

/// Pool's own upgrade: the keeper becomes another program in its own process, so that its children stay its children,
/// the lock and the sockets stay open, and no pid changes. The manager of the old program is then ended; that is what a
/// `kill -9` of it does, and loses as little.
///
/// | after the execution | then |
/// |---|---|
/// | a manager says that the daemon works | the program before is forgotten |
/// | three managers die before that, or 30 s pass | the program before is executed again, the same way |
extension Keeper {
    /// Managers of a new program that may die before one has said that it works.
    private static let upgradeDeathsMax = 3
    /// How long a new program may take to say so.
    private static let upgradeLimit = Duration.seconds(30)

    /// Becomes the program; returns only where that cannot be: the errno.
    func become(_ program: String, previous: FileDescriptor?) -> Int32 {
        guard phase == .running, report.hasBeenReady else { return EBUSY }
        guard access(program, X_OK) == 0 else { return errno }
        guard let lock else { return ENOLCK }
        let handover = handover(lock, previous: previous)
        do throws(SystemError) {
            let file = FileDescriptor(adopting: try syscall("memfd_create") { pool_memfd("pool-keeper") })
            try file.writeAll(handover.encoded, name: "memfd")
            for number in handover.descriptors + [file.raw] { setInherited(number, true) }
            console.say("becoming \(program)")
            let code = execute(program, handover: file.raw)
            for number in handover.descriptors { setInherited(number, false) }
            console.say("\(program) cannot be executed: \(SystemError("execve", on: program, code: code))")
            return code
        } catch {
            return error.code
        }
    }

    private func handover(_ lock: RuntimeLock, previous: FileDescriptor?) -> KeeperHandover {
        KeeperHandover(
            manager: manager?.process,
            managerCount: managerCount,
            orphanCount: orphanCount,
            children: children.entries.map {
                KeeperHandover.Child(
                    child: $0.child,
                    killsGroupAtEnd: $0.killsGroupAtEnd,
                    isAdopted: $0.pidfd != nil
                )
            },
            ended: children.endedChildren,
            stored: store.descriptors.map { KeeperHandover.Descriptor(name: $0.key, number: $0.value.raw) },
            lock: lock.descriptor.raw,
            output: console.output.raw,
            errors: console.errors.raw,
            previous: previous?.raw,
            openFiles: openFiles
        )
    }

    private func setInherited(_ number: Int32, _ isInherited: Bool) {
        // It fails only for what is not open, and then the next program finds that out.
        _ = fcntl(number, F_SETFD, isInherited ? 0 : FD_CLOEXEC)
    }

    private func execute(_ program: String, handover: Int32) -> Int32 {
        let words = options.keeperArguments + ["--handover", "\(handover)"] + options.profiles
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = ProcessEnvironment.entries.map { strdup($0) } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        execve(program, &arguments, &environment)
        return errno
    }

    // MARK: The new program

    /// Takes over what the program before us left in this process. Before anything else is done.
    func take(_ handover: KeeperHandover) throws(SystemError) {
        managerCount = handover.managerCount
        orphanCount = handover.orphanCount
        store.adopt(handover.stored)
        for number in handover.descriptors { setInherited(number, false) }
        children.adoptEnded(handover.ended)
        for entry in handover.children where !entry.isAdopted {
            children.insert(entry.child, killsGroupAtEnd: entry.killsGroupAtEnd)
        }
        for entry in handover.children where entry.isAdopted {
            adopt(
                ChildRecord.Entry(
                    kind: entry.killsGroupAtEnd ? .group : .child,
                    process: entry.child.process,
                    tag: entry.child.tag
                )
            )
        }
        console.say("took over \(handover.children.count) processes from the program before")
        expectManager(handover.previous.map { FileDescriptor(adopting: $0) })
        if let process = handover.manager {
            // A manager of the old program: its link ended with the execution. Two must never run.
            manager = CurrentManager(process: process, startedAt: MonotonicClock.now - .seconds(60), link: nil)
            kill(process.pid, SIGKILL)
        } else {
            startManager()
        }
        // What ended while nobody looked.
        reap()
    }

    /// From now on a manager of this program has to come up.
    private func expectManager(_ previous: FileDescriptor?) {
        guard let previous else { return }
        upgrade = Upgrade(previous: previous, firstManager: managerCount + 1)
        reactor.schedule(after: Keeper.upgradeLimit) { [weak self] in
            self?.goBack("its manager did not work within \(Int(Keeper.upgradeLimit.inSeconds)) s")
        }
    }

    /// The manager works: there is no way back any more, and none is needed.
    func managerWorks() { upgrade = nil }

    /// A manager has ended before it worked; goes back where that was one too many.
    func managerFailedAfterUpgrade() {
        guard let upgrade, managerCount >= upgrade.firstManager + UInt64(Keeper.upgradeDeathsMax) - 1 else { return }
        goBack("its manager died \(Keeper.upgradeDeathsMax) times before it worked")
    }

    private func goBack(_ why: String) {
        guard let upgrade else { return }
        self.upgrade = nil
        console.say("this program is given up: \(why); going back to the one before")
        _ = become("/proc/self/fd/\(upgrade.previous.raw)", previous: nil)
    }

    /// A program that has not shown yet that it works.
    struct Upgrade {
        /// The program before.
        var previous: FileDescriptor
        /// The number of this program's first manager.
        var firstManager: UInt64
    }
}
