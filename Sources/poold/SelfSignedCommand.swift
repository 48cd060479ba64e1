internal import ArgumentParser
internal import PoolManager

/// `poold self-signed`: what `poolctl certificate self-signed` runs.
struct SelfSignedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-signed",
        abstract: "Make a certificate and its key for testing.",
        discussion: "Exit status: 0 both files are there, 1 they could not be made, 2 it was asked wrongly."
    )

    @Argument(help: "Hosts and addresses (default: localhost 127.0.0.1 ::1).")
    var names: [String] = []
    @Option(help: "Where the certificate goes.")
    var certificate = "site.pem"
    @Option(help: "Where the key goes; only you may read it.")
    var key = "site.key"
    @Option(help: "How long it is valid.")
    var days = 90

    func run() {
        let files = SelfSignedFiles(certificate: absolute(certificate), key: absolute(key))
        let wanted = names.isEmpty ? SelfSignedFiles.localNames : names
        if let problem = files.write(for: wanted, days: days) { stop("poold: \(problem)", code: 1) }
        print("\(certificate): for \(wanted.joined(separator: ", ")), \(days) days\n\(key): its key")
    }
}
