/// A Python virtual environment that workers run in: made when it is not there, or when its packages have changed.
package struct VenvSpec: Hashable, Sendable, Codable {
    /// Its directory; relative paths are the profile's.
    package var path = "venv"
    /// What pip installs into it: `gunicorn`, `aiohttp>=3.13`.
    package var packages: [String]
    /// The interpreter that makes it.
    package var python = "python3"
    /// How long making it may take, in all.
    package var timeout = Duration.seconds(300)

    package init(packages: [String]) {
        self.packages = packages
    }
}
