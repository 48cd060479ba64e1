internal import Glibc
package import PoolModel

/// Samples a process with all its descendants: what a worker uses, its own workers included.
///
/// The children are those that the process's main thread (and theirs) started, as `/proc/PID/task/PID/children` says.
/// CPU time of those that have gone stays in the sum, up to their last sample.
package final class ProcessTreeSampler {
    /// Processes of one tree. Beyond: the others are not counted.
    package static let processesMax = 256

    private final class Node {
        /// Of the sampler, and the list of the children.
        private static let descriptors = 4

        let sampler: ProcSampler
        let children: FileDescriptor?
        var last = Duration.zero
        private let budget: DescriptorBudget

        /// - Parameter share: of the budget. Beyond: EMFILE.
        init(_ process: ProcessIdentity, _ budget: DescriptorBudget, share: Double) throws(SystemError) {
            self.budget = budget
            guard budget.take(Self.descriptors, share: share) else { throw SystemError("open", code: EMFILE) }
            do throws(SystemError) {
                sampler = try ProcSampler(process)
            } catch {
                budget.give(Self.descriptors)
                throw error
            }
            children = try? FileDescriptor.open("/proc/\(process.pid)/task/\(process.pid)/children", O_RDONLY)
        }

        deinit { budget.give(Self.descriptors) }
    }

    private let root: Node
    private let budget: DescriptorBudget
    private var descendants: [Int32: Node] = [:]
    /// CPU time of descendants that have gone.
    private var past = Duration.zero

    /// - Parameter budget: shared with others; descendants take no more than half of it, and then are not counted.
    /// - Throws: ESRCH or ENOENT where the process is gone, or its pid belongs to another by now; EMFILE beyond the
    ///   budget.
    package init(_ process: ProcessIdentity, budget: DescriptorBudget = DescriptorBudget()) throws(SystemError) {
        self.budget = budget
        root = try Node(process, budget, share: 1)
    }

    /// How many processes the last sample counted.
    package var processCount: Int { descendants.count + 1 }

    /// - Throws: ESRCH once the root is gone.
    package func sample() throws(SystemError) -> ProcSampler.Sample {
        var sum = try root.sampler.sample(countsStorage: false)
        var found: [Int32: Node] = [:]
        var queue = childPIDs(of: root)
        while let pid = queue.popLast(), found.count < Self.processesMax - 1 {
            guard found[pid] == nil, let (node, sample) = look(at: pid) else { continue }
            found[pid] = node
            node.last = sample.cpu
            sum.add(sample)
            queue += childPIDs(of: node)
        }
        for (pid, node) in descendants where found[pid] !== node { past += node.last }
        descendants = found
        sum.cpu += past
        return sum
    }

    /// A descendant's readings: of the one known by this pid, unless it is another by now.
    private func look(at pid: Int32) -> (Node, ProcSampler.Sample)? {
        if let known = descendants[pid], let sample = try? known.sampler.sample(countsStorage: false) {
            return (known, sample)
        }
        guard let process = try? ProcessIdentity.of(pid: pid),
            let node = try? Node(process, budget, share: 0.5),
            let sample = try? node.sampler.sample(countsStorage: false)
        else { return nil }
        return (node, sample)
    }

    private func childPIDs(of node: Node) -> [Int32] {
        guard let file = node.children else { return [] }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { pread(file.raw, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return [] }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }
}

extension ProcSampler.Sample {
    mutating func add(_ other: Self) {
        cpu += other.cpu
        residentBytes += other.residentBytes
        threads += other.threads
        fileDescriptors = fileDescriptors.flatMap { own in other.fileDescriptors.map { own + $0 } }
    }
}
