internal import PoolModel
internal import PoolProfile

/// The address of a worker, from the template in its profile.
enum AddressTemplate {
    static func address(
        of id: WorkerID,
        _ spec: PoolSpec,
        runtimeDirectory: String,
        profileDirectory: String
    ) -> Address {
        let values = TemplateValues(
            pool: spec.name,
            number: id.number,
            runDirectory: "\(runtimeDirectory)/\(spec.name)",
            profileDirectory: profileDirectory
        )
        do throws(TemplateError) {
            return try WorkerCommand.address(spec.worker.listen, with: values)
        } catch {
            // A decoded profile has been checked for all its numbers; a state file of another version may differ. The
            // worker then shows an address that nobody answers at.
            return .unix(path: "/nonexistent/\(id)")
        }
    }
}
