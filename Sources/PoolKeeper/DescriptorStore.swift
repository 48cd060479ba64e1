internal import Glibc
internal import PoolModel
internal import PoolOS

/// Descriptors kept for the next manager, by name.
struct DescriptorStore {
    private(set) var descriptors: [String: FileDescriptor] = [:]

    /// Keeps one, in place of an older one of that name; returns 0, or why not.
    mutating func store(_ descriptor: FileDescriptor?, name: String) -> Int32 {
        guard let descriptor else { return EBADF }
        guard name.utf8.count <= KeeperLink.nameBytesMax else { return ENAMETOOLONG }
        guard descriptors[name] != nil || descriptors.count < Limits.keeperDescriptorsMax else { return ENOSPC }
        descriptors[name] = descriptor
        return 0
    }

    /// Takes over what another program kept in this process.
    mutating func adopt(_ handed: [KeeperHandover.Descriptor]) {
        for entry in handed { descriptors[entry.name] = FileDescriptor(adopting: entry.number) }
    }

    mutating func drop(name: String) { descriptors[name] = nil }
}
