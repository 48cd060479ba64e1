internal import Glibc

/// Users and groups by name, looked up before a process is started so that a wrong name is an error with a text.
package enum UserDatabase {
    package struct User: Hashable, Sendable {
        package var name: String
        package var userID: UInt32
        /// The primary group.
        package var groupID: UInt32
        package var home: String
        package var shell: String
    }

    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// `user` or `group`.
        package var kind: String
        package var name: String
        /// 0 where there is no such name, else why it could not be looked up.
        package var code: Int32

        package var description: String {
            code == 0 ? "\(kind) \(name) does not exist" : "cannot look up \(kind) \(name): \(SystemError.reason(code))"
        }
    }

    /// Finds a user by name, or by number where it is one; a number need not be in the database.
    package static func user(_ name: String) throws(Failure) -> User {
        if let number = UInt32(name) {
            if let known = try lookUp("user", name, { getpwuid_r(number, $0, $1, $2, $3) }) { return known }
            return User(name: name, userID: number, groupID: number, home: "/", shell: "/bin/sh")
        }
        guard let known = try lookUp("user", name, { getpwnam_r(name, $0, $1, $2, $3) }) else {
            throw Failure(kind: "user", name: name, code: 0)
        }
        return known
    }

    /// Finds a group's number by name, or takes the number itself.
    package static func groupID(_ name: String) throws(Failure) -> UInt32 {
        if let number = UInt32(name) { return number }
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        let number = try withBuffer("group", name) { buffer, size in
            let code = getgrnam_r(name, &entry, buffer, size, &found)
            return (code, found.map { $0.pointee.gr_gid })
        }
        guard let number else { throw Failure(kind: "group", name: name, code: 0) }
        return number
    }

    /// The groups that a user is in, as at login.
    package static func groups(of user: User) -> [UInt32] {
        var count: Int32 = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            let capacity = count
            if getgrouplist(user.name, user.groupID, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            // The kernel takes 65,536 at most.
            if count <= capacity || count > 65_536 { return Array(groups.prefix(Int(min(capacity, 65_536)))) }
        }
    }

    /// What a process of that user gets.
    ///
    /// - Parameters:
    ///   - group: in place of the user's own.
    ///   - groups: in place of those that the user is in.
    package static func credentials(
        user: String,
        group: String? = nil,
        groups: [String]? = nil
    ) throws(Failure) -> (user: User, credentials: SpawnRequest.Credentials) {
        let user = try UserDatabase.user(user)
        var groupID = user.groupID
        if let group { groupID = try UserDatabase.groupID(group) }
        var supplementary: [UInt32] = []
        if let groups {
            for group in groups { supplementary.append(try UserDatabase.groupID(group)) }
        } else {
            supplementary = UserDatabase.groups(of: user)
        }
        return (user, SpawnRequest.Credentials(userID: user.userID, groupID: groupID, groups: supplementary))
    }

    private typealias UserCall = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func lookUp(_ kind: String, _ name: String, _ call: UserCall) throws(Failure) -> User? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return try withBuffer(kind, name) { buffer, size in
            let code = call(&entry, buffer, size, &found)
            let user = found.map { found in
                User(
                    name: String(cString: found.pointee.pw_name),
                    userID: found.pointee.pw_uid,
                    groupID: found.pointee.pw_gid,
                    home: String(cString: found.pointee.pw_dir),
                    shell: String(cString: found.pointee.pw_shell)
                )
            }
            return (code, user)
        }
    }

    /// Repeats a look-up with growing room for the texts of its answer.
    private static func withBuffer<Value>(
        _ kind: String,
        _ name: String,
        _ body: (UnsafeMutablePointer<CChar>, Int) -> (Int32, Value?)
    ) throws(Failure) -> Value? {
        var size = 1024
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            let (code, value) = body(buffer, size)
            switch code {
            case 0: return value
            case ERANGE where size < 1 << 20: size *= 4
            case EINTR: continue
            // What getpwnam(3) lists for "not found" besides 0.
            case ENOENT, ESRCH, EBADF, EPERM: return nil
            default: throw Failure(kind: kind, name: name, code: code)
            }
        }
    }
}
