internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl certificate`.
struct CertificateVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "See and renew the fronts' certificates, or make one for testing.",
        subcommands: [List.self, Show.self, Reload.self, SelfSigned.self],
        aliases: ["cert"]
    )

    /// `poolctl certificate list`.
    struct List: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "The certificates of the running fronts, the first to expire first.",
            discussion: "Exit status 1 where one has expired or its files cannot be used."
        )

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let all = try context.send(.certificates()).certificates
            let now = context.environment.now()
            if common.json {
                try context.print(json: CertificateList(certificates: all))
            } else if all.isEmpty {
                try context.print("no front speaks https")
            } else {
                try context.print(CertificateOutput.table(all, now: now, context))
            }
            return CertificateOutput.verdict(all, now: now)
        }
    }

    /// `poolctl certificate show`.
    struct Show: Verb {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "All that is known of one certificate.",
            discussion: """
                EXAMPLES
                  poolctl certificate show example.org
                  poolctl certificate show /etc/pool/site.pem
                """
        )

        @Argument(help: ArgumentHelp("Its file, or a host that it is for.", valueName: "file-or-host"))
        var name: String

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let all = try context.send(.certificates()).certificates
            let chosen = all.filter { CertificateOutput.isMeant($0, by: name) }
            guard !chosen.isEmpty else {
                throw PoolError(
                    .notFound,
                    "no front has a certificate for \(name)",
                    remedy: "see poolctl certificate list"
                )
            }
            let now = context.environment.now()
            if common.json {
                try context.print(json: CertificateList(certificates: chosen))
            } else {
                try context.print(Array(chosen.map { CertificateOutput.details($0, now: now) }.joined(separator: [""])))
            }
            return CertificateOutput.verdict(chosen, now: now)
        }
    }

    /// `poolctl certificate reload`.
    struct Reload: Verb {
        static let configuration = CommandConfiguration(
            commandName: "reload",
            abstract: "Read the certificates' files now, instead of within five seconds.",
            discussion: """
                Open connections go on with the old one; a pair that cannot be used changes nothing. Exit status 1 where \
                there is such a pair. For certbot: --deploy-hook 'poolctl certificate reload'.
                """
        )

        @Option(help: ArgumentHelp("The reason, for the event list and the audit log.", valueName: "text"))
        var why = ""

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let reply = try context.send(.reloadCertificates(ReloadCertificatesRequest(why: why)))
            if common.json {
                try context.print(json: reply)
            } else {
                let changed = reply.changed.map { "\($0): new" }
                let bad = reply.certificates.compactMap(\.problem)
                let lines = changed + bad
                try context.print(lines.isEmpty ? ["nothing has changed"] : lines)
            }
            return reply.certificates.contains { $0.problem != nil } ? .failed : .done
        }
    }

    /// `poolctl certificate self-signed`.
    struct SelfSigned: Verb {
        static let configuration = CommandConfiguration(
            commandName: "self-signed",
            abstract: "Make a certificate and its key for testing (runs poold).",
            discussion: """
                Nobody believes it who was not given it: curl --cacert site.pem https://localhost:8443/. Files that are \
                there already are not touched.

                EXAMPLES
                  poolctl certificate self-signed
                  poolctl certificate self-signed example.test '*.example.test' --days 30
                """
        )

        @Argument(help: "Hosts and addresses (default: localhost 127.0.0.1 ::1).")
        var names: [String] = []

        @Option(
            name: .customLong("certificate-file"),
            help: ArgumentHelp("Where the certificate goes.", valueName: "file")
        )
        var certificate = "site.pem"

        @Option(
            name: .customLong("key-file"),
            help: ArgumentHelp("Where the key goes; only you may read it.", valueName: "file")
        )
        var key = "site.key"

        @Option(help: "How long it is valid.")
        var days = 90

        @OptionGroup var common: CommonOptions

        /// The library that makes keys is not linked here: every other verb would pay for loading it.
        func perform(_ context: Context) throws -> ExitCode {
            let options = ["--certificate", certificate, "--key", key, "--days", "\(days)"]
            try context.environment.execute("poold", ["self-signed"] + options + ["--"] + names)
            return .failed
        }
    }
}
