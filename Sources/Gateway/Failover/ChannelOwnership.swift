import Channels
import Platform
import Settings

/// Which channel credentials a configuration uses: no two nodes may have one in common.
enum ChannelOwnership {
    /// As texts that are only ever hashed.
    static func credentials(
        _ snapshot: ConfigSnapshot, _ release: ChannelRelease, platforms: [ChannelPlatform] = ChannelPlatform.all
    ) -> [String] {
        platforms.filter { release.includes($0.id) }.flatMap { platform -> [String] in
            let settings = ChannelSettings(platform, snapshot.resolved) { snapshot.environment[$0] }
            return (settings?.accounts ?? []).compactMap { account in
                guard account.isEnabled else { return nil }
                return account.string(platform.tokenSetting).map { "\(platform.id):\($0)" }
            }
        }
    }
}
