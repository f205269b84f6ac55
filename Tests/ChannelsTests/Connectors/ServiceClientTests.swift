import Channels
import Platform
import Support
import Testing
import Wire

struct ServiceClientTests {
    @Test(arguments: [
        (FakeService.Fault.refused, false), (.resetBefore, true), (.resetAfter, true),
        (.half("HTTP/1.1 200 OK\r\n"), true),
        (.raw("nonsense\r\n\r\n"), true), (.silence, true),
    ])
    func whatBecameOfARequestIsToldApart(fault: FakeService.Fault, mayBeDone: Bool) async throws {
        try await onLoop {
            let clock = FakeClock()
            let service = FakeService(clock) { exchange, _ in exchange.respond(json: ["ok": true]) }
            defer { service.end() }
            service.faults = [fault]
            let client = ServiceClient(service.client(), clock)
            let url = try WebURL("https://chat.test/secret-path/send")
            let task = startTask {
                do throws(ServiceTrouble) {
                    _ = try await client.ask(HTTPClientRequest(.post, url, body: .bytes([1, 2])))
                    return ServiceTrouble?.none
                } catch {
                    return error
                }
            }
            for _ in 0..<70 { await clock.advance(by: .seconds(1)) }
            let trouble = try #require(try await task.value)
            if case .unknown = trouble { #expect(mayBeDone) } else { #expect(!mayBeDone) }
            #expect(!trouble.reason.contains("secret-path"))
            let answer = try await client.ask(HTTPClientRequest(.post, url, body: .bytes([1, 2])))
            #expect(answer.json?["ok"]?.bool == true)
        }
    }

    @Test func aRefusalIsAnAnswer() async throws {
        try await onLoop {
            let clock = FakeClock()
            let service = FakeService(clock) { _, _ in }
            defer { service.end() }
            service.faults = [
                .answer(.tooManyRequests, #"{"ok":false}"#, ["Retry-After": "7"]),
                .answer(.badGateway, "<html>bad gateway</html>", ["Content-Type": "text/html"]),
            ]
            let client = ServiceClient(service.client(), clock)
            let url = try WebURL("https://chat.test/")
            let first = try await client.ask(HTTPClientRequest(.get, url))
            #expect(first.status == 429 && first.retryAfter == .seconds(7) && first.json?["ok"]?.bool == false)
            let second = try await client.ask(HTTPClientRequest(.get, url))
            #expect(second.status == 502 && second.json == nil && !second.isGood)
        }
    }

    @Test func aSocketGivesItsMessagesInOrder() async throws {
        try await onLoop {
            let clock = FakeClock()
            let echo = Echo()
            let service = FakeService(clock) { exchange, _ in
                echo.socket = exchange.acceptWebSocket(options: WebSocketOptions(), handler: echo)
            }
            defer { service.end() }
            let socket = try await MessageSocket.open(service.client(), try WebURL("wss://chat.test/"), clock: clock)
            socket.send("one")
            socket.send("two")
            #expect(await socket.next() == .text(Array("one".utf8)))
            #expect(await socket.next() == .text(Array("two".utf8)))
            let deadline = clock.now + .seconds(5)
            let late = startTask { await socket.next(until: deadline) }
            await clock.settle()
            await clock.advance(by: .seconds(6))
            #expect(try await late.value == nil)
            echo.socket?.close(WebSocketCloseCode(rawValue: 4004), "bad token")
            #expect(await socket.next() == .closed(WebSocketClose(WebSocketCloseCode(rawValue: 4004), "bad token")))
            #expect(await socket.next() == nil)
            #expect(!socket.isOpen)
        }
    }

    @LoopActor
    private final class Echo: WebSocketHandler {
        var socket: WebSocketConnection?

        func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
            _ = socket.send(kind, bytes)
        }

        func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {}
    }
}
