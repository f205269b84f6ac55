@LoopActor
package final class Log {
    package init() {}
    package func info(_ s: String, _ m: String, _ f: KeyValuePairs<String, String> = [:]) {}
    package func warn(_ s: String, _ m: String, _ f: KeyValuePairs<String, String> = [:]) {}
    package func error(_ s: String, _ m: String, _ f: KeyValuePairs<String, String> = [:]) {}
}
