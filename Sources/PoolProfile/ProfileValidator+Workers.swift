internal import PoolModel
internal import PoolTOML

/// What each worker is told, and where it listens.
extension ProfileValidator {
    mutating func checkWorkers() {
        guard !broken.contains("worker.listen"), !broken.contains("pool.name"), !broken.contains("pool.workers"),
            !broken.contains("pool.first")
        else { return }
        guard checkAddresses(), let first = values(spec.first) else { return }
        checkTemplates(first)
        checkCommand()
        let address = first.address ?? .unix(path: "/")
        if !address.isLocal {
            report(
                .warning,
                at: "worker.listen",
                "workers on \(address) can be reached past the proxy",
                "listen on 127.0.0.1 or on a unix socket"
            )
        }
        if ["unix:/tmp/", "unix:/var/tmp/"].contains(where: spec.worker.listen.hasPrefix) {
            report(
                .warning,
                at: "worker.listen",
                "in a directory for all, every user of the host can put a socket in the worker's place",
                "use {run}, the pool's own directory"
            )
        }
        if spec.worker.socketMode != nil, case .tcp = address {
            report(.warning, at: "worker.socket_mode", "the worker listens on TCP and has no socket file")
        }
        if let mode = spec.worker.socketMode, mode & 0o002 != 0 {
            report(
                .warning,
                at: "worker.socket_mode",
                "every user of the host can connect past the proxy",
                "use \"0660\""
            )
        }
        if spec.worker.user == "root" || spec.worker.user == "0" {
            report(
                .warning,
                at: "worker.user",
                "the workers run as root",
                "name a user without rights, such as \"nobody\""
            )
        }
    }

    private func values(_ number: Int) -> TemplateValues? {
        var values = TemplateValues(
            pool: spec.name,
            number: number,
            runDirectory: runDirectory,
            profileDirectory: profile.directory
        )
        do throws(TemplateError) {
            values.address = try WorkerCommand.address(spec.worker.listen, with: values)
        } catch {
            return nil
        }
        return values
    }

    /// Every worker's address must be one, and its own. Only the first trouble is reported.
    private mutating func checkAddresses() -> Bool {
        var seen: [Address: Int] = [:]
        for id in spec.workerIDs {
            let values = TemplateValues(
                pool: spec.name,
                number: id.number,
                runDirectory: runDirectory,
                profileDirectory: profile.directory
            )
            let address: Address
            do throws(TemplateError) {
                address = try WorkerCommand.address(spec.worker.listen, with: values)
            } catch {
                report(.error, at: "worker.listen", "worker \(id): \(error.message)", error.suggestion)
                return false
            }
            if let other = seen.updateValue(id.number, forKey: address) {
                report(
                    .error,
                    at: "worker.listen",
                    "workers \(other) and \(id.number) would both listen on \(address)",
                    address.isLocal && spec.worker.listen.hasPrefix("unix:")
                        ? "put {n} into the path" : "write the port as a sum, as in {8080+n}"
                )
                return false
            }
            if let taken = spec.front.listen.first(where: { $0.collides(with: address) }) {
                report(
                    .error,
                    at: isGiven("worker.listen") ? "worker.listen" : "front.listen",
                    "worker \(id) would listen on \(address), where the front listens (\(taken))"
                )
                return false
            }
        }
        return true
    }

    private mutating func checkTemplates(_ values: TemplateValues) {
        check(spec.worker.command, at: "worker.command", values)
        for hook in Hook.allCases { check(spec.hooks[hook], at: "hooks.\(hook.rawValue)", values) }
        check(spec.worker.directory.map { [$0] } ?? [], at: "worker.directory", values)
        check(spec.worker.environmentFiles, at: "worker.environment_files", values)
        check(spec.worker.environment.sorted { $0.key < $1.key }.map(\.value), at: "worker.environment", values)
    }

    private mutating func check(_ texts: [String], at key: String, _ values: TemplateValues) {
        for text in texts where !broken.contains(key) {
            do throws(TemplateError) {
                _ = try Template.expand(text, with: values)
            } catch {
                report(.error, at: key, "\(quoted(text)): \(error.message)", error.suggestion)
            }
        }
    }

    /// Workers that are told nothing of their own all try to listen on the same address.
    private mutating func checkCommand() {
        guard spec.workers > 1, !broken.contains("worker.environment") else { return }
        let texts =
            spec.worker.command + spec.worker.environment.values + (spec.worker.directory.map { [$0] } ?? [])
            + spec.worker.environmentFiles
        let differs = texts.contains { text in
            do throws(TemplateError) { return try Template(text).differsPerWorker } catch { return true }
        }
        guard !differs else { return }
        report(
            .warning,
            at: "worker.command",
            "the command is the same for all \(spec.workers) workers, so none is told where to listen",
            "add {socket} or {port} to it"
        )
    }
}
