import Agents
import Channels
import Contract
import Platform
import Settings
import Store

/// The chat channels: which accounts there are, each kept connected by a runner of its own. A change of the configuration
/// reaches only the accounts that it is about.
@LoopActor
final class ChannelServices {
    /// One account of the configuration.
    @LoopActor
    final class Account {
        let platform: ChannelPlatform
        fileprivate(set) var settings: AccountSettings
        /// Nil while there is no store, or a problem.
        fileprivate(set) var runner: AccountRunner?
        fileprivate(set) var problem: ChannelProblem?
        /// Makes its connectors; nil with a problem.
        fileprivate(set) var make: ChannelPlatform.Making?
        /// Another account has its token, and uses it.
        fileprivate(set) var isTwin = false
        /// Somebody stopped it by hand; it stays so until somebody starts it, or the gateway.
        fileprivate(set) var isHeld = false
        /// Another node is to act: nobody starts it.
        fileprivate(set) var isHeldBack = false

        fileprivate init(_ platform: ChannelPlatform, _ settings: AccountSettings) {
            self.platform = platform
            self.settings = settings
        }

        /// How answers are written for it.
        var rendering: Rendering { platform.rendering(settings.config) }
    }

    let platforms: [ChannelPlatform]
    private(set) var accounts: [ChannelAccount: Account] = [:]
    /// What the configuration names, in its order.
    private(set) var order: [ChannelAccount] = []
    /// Which accounts have which path.
    private(set) var routes: [String: [ChannelAccount]] = [:]
    private(set) var defaultAccounts: [String: String] = [:]
    private(set) var owners = OwnerList([])
    private(set) var pairing: PairingDesk?
    private(set) var letters: DeadLetters?
    /// Which channels may be connected.
    private(set) var release = ChannelRelease.all
    private let means: ConnectorMeans
    private let clock: any Clock
    private var store: Store?
    private var handler: (any InboxHandling)?
    /// One change after another.
    private var lastChange: Task<Void, any Error>?
    private var isClosed = false

    init(_ platforms: [ChannelPlatform], _ means: ConnectorMeans) {
        self.platforms = platforms
        self.means = means
        clock = means.clock
    }

    // MARK: The configuration

    /// Takes over what a configuration says.
    func take(_ snapshot: ConfigSnapshot) {
        owners = OwnerList(snapshot.strings("commands.ownerAllowFrom") ?? [])
        var wanted: [AccountSettings] = []
        for platform in platforms where !snapshot.isDegraded("channels.\(platform.id)") {
            let settings = ChannelSettings(platform, snapshot.resolved) { snapshot.environment[$0] }
            guard let settings else { continue }
            wanted += settings.accounts
            defaultAccounts[platform.id] = settings.defaultAccount
        }
        order = wanted.map(\.account)
        routes = [:]
        for settings in wanted where settings.isEnabled {
            let platform = platforms.first { $0.id == settings.account.channel }
            if let path = platform?.route(settings) { routes[path, default: []].append(settings.account) }
        }
        let previous = lastChange
        lastChange = startTask {
            _ = await previous?.result
            await self.apply(wanted)
        }
    }

    private func apply(_ wanted: [AccountSettings]) async {
        let names = Set(wanted.map(\.account))
        for (name, account) in accounts where !names.contains(name) {
            accounts[name] = nil
            await account.runner?.close()
        }
        for settings in wanted {
            guard let platform = platforms.first(where: { $0.id == settings.account.channel }) else { continue }
            if let known = accounts[settings.account] {
                guard known.settings != settings else { continue }
                await known.runner?.close()
                known.runner = nil
                // Whoever gives it another token wants it connected.
                let (before, now) = (known.settings.config, settings.config)
                if let new = now[platform.tokenSetting], before[platform.tokenSetting] != new { known.isHeld = false }
                known.settings = settings
            } else {
                accounts[settings.account] = Account(platform, settings)
            }
            accounts[settings.account].map(connect)
        }
        // The other one may be gone.
        for case let account? in order.map({ accounts[$0] }) where account.isTwin { connect(account) }
    }

    /// An account before this one with the same token. Two of them would take each other's messages, or answer each twice.
    private func twin(of account: Account) -> ChannelAccount? {
        let (platform, own) = (account.platform, account.settings.string(account.platform.tokenSetting))
        guard platform.tokenIsIdentity, own != nil else { return nil }
        return order.prefix { $0 != account.settings.account }.first { name in
            guard let other = accounts[name], other.platform.id == platform.id, other.settings.isEnabled else {
                return false
            }
            return other.settings.string(platform.tokenSetting) == own
        }
    }

    private func connect(_ account: Account) {
        account.problem = nil
        account.make = nil
        account.isTwin = false
        guard account.settings.isEnabled, !isClosed, let store, let handler else { return }
        do throws(ChannelProblem) {
            if let twin = twin(of: account) {
                account.isTwin = true
                throw ChannelProblem(
                    "\(account.settings.path).\(account.platform.tokenSetting)", "is that of \(twin) as well",
                    cure: "give each account a bot of its own, or take one of them out")
            }
            let own = means.part(account.platform.id)
            let make = try account.platform.connect(account.settings, own)
            account.make = make
            let runner = AccountRunner(
                account.settings.account, account.platform.facts, store: store, handler: handler, clock: clock,
                log: own.log, chance: means.chance, gate: means.gate, make: make)
            account.runner = runner
            account.isHeldBack = !release.includes(account.settings.account.channel)
            if !account.isHeld, !account.isHeldBack { runner.start() }
        } catch {
            account.problem = error
            means.part(account.platform.id).log.error(
                "\(account.settings.account) is not connected: \(error.setting) \(error.reason)",
                ["next": .text(error.cure)])
        }
    }

    // MARK: The gateway's life

    /// Takes up what the store holds, and connects.
    func open(_ store: Store, _ handler: any InboxHandling) async throws(StoreError) {
        let desk = PairingDesk(store, clock)
        try await desk.load()
        pairing = desk
        letters = DeadLetters(store)
        self.store = store
        self.handler = handler
        _ = await lastChange?.result
        for name in order { accounts[name].map(connect) }
    }

    /// Ends every connection. What was not answered stays in the inbox, what was not sent in the outbox.
    func drain() async {
        isClosed = true
        _ = await lastChange?.result
        let closing = accounts.values.compactMap(\.runner).map { runner in startTask { await runner.close() } }
        for task in closing { _ = await task.result }
    }

    // MARK: Failover

    /// What holds for accounts that are not connected yet.
    func expect(_ release: ChannelRelease) { self.release = release }

    /// Connects what may be connected from now on.
    func open(_ release: ChannelRelease) {
        self.release = release
        for account in all {
            account.isHeldBack = !release.includes(account.settings.account.channel)
            if !account.isHeld, !account.isHeldBack { account.runner?.start() }
        }
    }

    /// What comes from now on stays with the platforms.
    func stopTaking() { for account in all { account.runner?.stopTaking() } }

    /// All that was taken is answered, and all answers are out.
    var isQuiet: Bool { all.allSatisfy { $0.runner?.isQuiet ?? true } }

    /// Ends the connections; the accounts stay as they are.
    func holdBack(_ reason: String) async {
        release = .none(reason)
        for account in all { account.isHeldBack = true }
        let ending = accounts.values.compactMap(\.runner).map { runner in startTask { await runner.stop() } }
        for task in ending { _ = await task.result }
    }

    // MARK: By hand

    /// Starts what is stopped; false when it cannot be, for the reason that its status tells.
    func start(_ name: ChannelAccount) -> Bool {
        guard let account = accounts[name], release.includes(name.channel) else { return false }
        account.isHeld = false
        if account.runner == nil { connect(account) } else { account.runner?.start() }
        return account.runner != nil
    }

    func stop(_ name: ChannelAccount) async {
        guard let account = accounts[name] else { return }
        account.isHeld = true
        await account.runner?.stop()
    }

    /// A connector of its own for a question that has nothing to do with the connection under way.
    func freshConnector(for account: Account) -> (any Connector)? { account.make.map { $0() } }

    // MARK: Finding one

    /// The accounts in the configuration's order.
    var all: [Account] { order.compactMap { accounts[$0] } }

    /// The account that a channel and perhaps an account mean; the only one where nothing is named.
    func find(channel: String?, account: String?) throws(MessageRefusal) -> Account {
        let channels = all.map(\.settings.account.channel)
        guard !channels.isEmpty else {
            throw .unavailable("no channel is configured; add one with: openclaw channels add")
        }
        guard let channel = channel?.lowercased() ?? (Set(channels).count == 1 ? channels[0] : nil) else {
            let names = Set(channels).sorted().joined(separator: ", ")
            throw .refused("several channels are there, so one must be named: \(names)")
        }
        guard platforms.contains(where: { $0.id == channel }) else {
            let known = platforms.map(\.id).joined(separator: ", ")
            throw .refused("there is no channel \"\(channel.cut(to: 40))\"; one of \(known)")
        }
        let name = account?.lowercased() ?? defaultAccounts[channel] ?? AccountSettings.defaultName
        guard let found = accounts[ChannelAccount(channel: channel, account: name)] else {
            let there = order.filter { $0.channel == channel }.map(\.account)
            throw there.isEmpty
                ? .unavailable("\(channel) is not configured; add it with: openclaw channels add --channel \(channel)")
                : .refused("\(channel) has no account \"\(name.cut(to: 40))\"; it has \(there.joined(separator: ", "))")
        }
        return found
    }
}
