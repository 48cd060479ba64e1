/// The version that `poold --version` shows; the product's.
enum Version {
    static let text = "poold 0.1.0"
}
