import Platform
import Testing

@testable import Failover

@Suite struct HostNetworkTests {
    @Test func theDefaultRoutesGatewayIsFound() {
        let text = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
            eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
            wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0
            tun0\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0
            """
        #expect(HostNetwork.gateways(inRoutes: text).map(\.description) == ["192.0.2.1"])
        #expect(HostNetwork.gateways(inRoutes: "").isEmpty)
    }

    @Test func nameServersOnThisHostTellNothing() {
        let text = """
            # made by somebody
            nameserver 127.0.0.53
            nameserver 192.0.2.53
            nameserver\t2001:db8::53
            nameserver ::1
            search example.com
            nameserver not-an-address
            """
        #expect(HostNetwork.nameServers(inResolver: text) == ["192.0.2.53", "2001:db8::53"])
    }
}
