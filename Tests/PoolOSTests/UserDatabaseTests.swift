internal import Glibc
internal import PoolOS
internal import Testing

struct UserDatabaseTests {
    @Test func rootIsKnown() throws {
        let root = try UserDatabase.user("root")
        #expect(root.userID == 0 && root.groupID == 0 && root.home == "/root")
        #expect(UserDatabase.groups(of: root).contains(0))
        #expect(try UserDatabase.user("0") == root)
        #expect(try UserDatabase.groupID("root") == 0)
    }

    @Test func anUnknownNameIsSaid() {
        let error = #expect(throws: UserDatabase.Failure.self) { try UserDatabase.user("no-such-user") }
        #expect(error?.description == "user no-such-user does not exist")
        let missing = #expect(throws: UserDatabase.Failure.self) { try UserDatabase.groupID("no-such-group") }
        #expect(missing?.description == "group no-such-group does not exist")
    }

    @Test func aNumberNeedNotBeInTheDatabase() throws {
        let user = try UserDatabase.user("987654")
        #expect(user.userID == 987_654 && user.groupID == 987_654)
        #expect(try UserDatabase.groupID("987654") == 987_654)
    }

    @Test func credentialsJoinUserGroupAndGroups() throws {
        let own = try UserDatabase.credentials(user: "root").credentials
        #expect(own.userID == 0 && own.groupID == 0 && own.groups.contains(0))
        let other = try UserDatabase.credentials(user: "root", group: "42", groups: ["7", "root"]).credentials
        #expect(other.userID == 0 && other.groupID == 42 && other.groups == [7, 0])
        #expect(throws: UserDatabase.Failure.self) {
            try UserDatabase.credentials(user: "root", groups: ["no-such-group"])
        }
    }
}
