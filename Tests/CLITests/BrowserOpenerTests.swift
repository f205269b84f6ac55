import Platform
import Testing

@testable import CLI

/// Whether anybody would see a browser.
@Suite struct BrowserOpenerTests {
    @Test func aBrowserIsOpenedOnADesktopAndNeverForSomebodyElsewhere() {
        let rows: [(platform: String, environment: [String: String], program: String?)] = [
            ("linux", [:], nil),
            ("linux", ["DISPLAY": ":0"], "xdg-open"),
            ("linux", ["WAYLAND_DISPLAY": "wayland-0"], "xdg-open"),
            ("linux", ["DISPLAY": ""], nil),
            ("linux", ["DISPLAY": ":10", "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"], nil),
            ("linux", ["DISPLAY": ":10", "SSH_TTY": "/dev/pts/1"], nil),
            ("darwin", [:], "/usr/bin/open"),
            ("darwin", ["SSH_CLIENT": "192.0.2.1 50000 22"], nil),
        ]
        for row in rows {
            let opener = BrowserOpener(Environment(row.environment), platform: row.platform)
            #expect(opener?.program == row.program, "\(row)")
        }
    }
}
