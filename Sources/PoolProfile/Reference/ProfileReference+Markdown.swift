extension ProfileReference {
    /// The text of docs/PROFILE.md.
    package static var markdown: String {
        let tables = sections.map { section in
            let rows = section.fields.map { field in
                let value = field.defaultText.map { "`\($0)`" } ?? "*must be given*"
                return "| `\(field.key)` | \(cell(field.type)) | \(cell(value)) | \(cell(field.meaning)) |"
            }
            return """
                ## [\(section.table)]

                \(section.meaning)

                | key | type | default | meaning |
                |---|---|---|---|
                \(rows.joined(separator: "\n"))
                """
        }
        return introduction + "\n" + tables.joined(separator: "\n\n") + "\n"
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static let introduction = """
        # Profiles

        <!-- Written by ProfileReference.markdown; a test holds it true. `make golden` writes it again. -->

        A profile is a [TOML](https://toml.io) file that defines one pool.
        `poold run A.toml B.toml` runs several; `poolctl check A.toml` only looks for mistakes; `poolctl config` shows what is in force.
        `poold run DIRECTORY` runs those in it: `poolctl reload` then adds the pools of new files, and stops, drained, those whose files are gone;
        `poolctl plan` shows it first. A file that was named by itself and is gone is a mistake: its pool goes on.
        Examples to start from are in `profiles/`.

        ```toml
        [pool]
        name = "example"
        workers = 4

        [worker]
        command = ["python3", "aiohttp_example.py", "--path={socket}"]
        listen = "unix:{run}/example_{n}.sock"

        [front]
        listen = "0.0.0.0:8080"

        [health]
        path = "/health"
        ```

        Unknown keys, wrong types and impossible values are refused, all of them at once, each with its line and column:

        ```
        app.toml:3:1: error: unknown key "wokers" in [pool]; did you mean workers
        app.toml:9:10: error: expected a duration such as "30s", "500ms", "2m" or a number of seconds; found the string "1 minute"
        ```

        What is doubtful or dangerous gives a warning, and the profile works.

        **Durations** are `"30s"`, `"500ms"`, `"1m30s"`, `"1h"` or a number of seconds.
        **Sizes** are `"10M"`, `"4G"` or a number of bytes; K is 1024.
        **`false`** is "none" for every key whose type says so.
        **Relative paths** are relative to the profile's own directory.

        **Templates** are filled in for each worker:

        | template | becomes |
        |---|---|
        | `{n}` | the worker's number, `3`; `{n:02}` pads it with zeros, `03` |
        | `{8080+n}`, `{n-1}` | a sum or difference, `8083`, `2` |
        | `{name}` | the worker's name, `example_3` |
        | `{pool}` | the pool's name, `example` |
        | `{run}` | the pool's runtime directory, `/run/pool/example` |
        | `{profile}` | the directory of the profile |
        | `{socket}` | the path of the worker's unix socket |
        | `{port}` | the worker's TCP port |
        | `{{`, `}}` | a brace |

        """
}
