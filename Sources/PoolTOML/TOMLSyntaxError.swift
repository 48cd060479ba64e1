/// What is wrong with the text as TOML, before anything is said of its meaning.
package struct TOMLSyntaxError: Error, Hashable, Sendable {
    package var position: TextPosition
    package var message: String
}
