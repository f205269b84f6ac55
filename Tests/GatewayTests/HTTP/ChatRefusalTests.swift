import Agents
import Models
import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// What the API refuses, and how a library sees a failed run.
@Suite struct ChatRefusalTests {
    @Test func everyRangeIsCheckedAtItsEnds() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let cases: [(String, good: [JSON], bad: [JSON])] = [
                ("temperature", [0, 2, 1.5, nil], [-0.1, 2.1, "1"]),
                ("top_p", [0, 1], [-0.1, 1.1]),
                ("presence_penalty", [-2, 2], [-2.1, 2.1]),
                ("frequency_penalty", [-2, 2], [-2.1, 2.1]),
                ("seed", [-5, 7], [1.5, "7"]),
                ("max_tokens", [1], [0, -1, 1.5]),
                ("max_completion_tokens", [1], [0]),
                ("n", [1, nil], [0, 2]),
                ("stop", ["a", ["a", "b", "c", "d"]], [["a", "b", "c", "d", "e"], "", [""], 1]),
                ("stream", [false], ["yes"]),
                ("user", ["u"], [1]),
                ("tool_choice", ["auto", "none"], ["required", "sometimes"]),
            ]
            for (name, good, bad) in cases {
                for value in good {
                    #expect(try await api.chat(with: [name: value]).status == 200, "\(name) \(value)")
                }
                for value in bad {
                    let answer = try await api.chat(with: [name: value])
                    #expect(answer.status == 400, "\(name) \(value)")
                    #expect(answer.json?["error"]?["type"]?.string == "invalid_request_error")
                    #expect(answer.json?["error"]?["param"]?.string == name)
                    #expect(answer.message?.hasPrefix(name) == true)
                }
            }
        }
    }

    @Test func messagesThatAreNoneAreRefused() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let missing = "Missing user message in `messages`."
            for messages in [
                [], [["role": "system", "content": "x"]], [["role": "assistant", "content": "x"]],
                [["role": "user", "content": ""]],
            ] as [JSON] {
                let answer = try await api.chat(with: ["messages": messages])
                #expect(answer.status == 400)
                #expect(answer.message == missing)
            }
            let cases: [(JSON, String)] = [
                (["model": "openclaw"], "messages: must be given"),
                (
                    ["messages": [["role": "robot", "content": "x"]]],
                    "messages[0].role: must be \"system\", \"developer\", \"user\", \"assistant\", \"tool\" or \"function\""
                ),
                (
                    ["messages": [["role": "user", "content": [["type": "input_audio"]]]]],
                    "messages[0].content[0]: must be a part of type \"text\" or \"image_url\""
                ),
            ]
            for (body, words) in cases { #expect(try await api.chat(body).message == words) }
            for text in ["", "{", "[]", "nonsense", "{\"a\":1,\"a\":2}"] {
                let head = APIHarness.head("POST", "/v1/chat/completions", [:], body: text.utf8.count)
                #expect(try await api.gateway.exchange(head + text).status == 400, "\(text)")
            }
            #expect(api.runs.requests.isEmpty)
        }
    }

    @Test func aFailedRunHasTheStatusOfItsExceptionType() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let cases: [(ModelError.Kind?, Int, code: String?, retries: Bool)] = [
                (.rateLimited, 429, "rate_limit_exceeded", true), (.overloaded, 503, "overloaded", true),
                (.server, 502, nil, true), (.timeout, 504, nil, true), (.stall, 504, nil, true),
                (.cutStream, 502, nil, true), (.brokenAnswer, 502, nil, true),
                (.billing, 429, "insufficient_quota", false), (.badKey, 502, "provider_key_refused", false),
                (.contextOverflow, 400, "context_length_exceeded", true), (.refusal, 400, "content_filter", true),
                (.unknownModel, 404, "model_not_found", true), (.badRequest, 400, nil, true),
                (.unreachable, 502, nil, true), (.cancelled, 409, "run_aborted", false), (nil, 500, nil, true),
            ]
            #expect(cases.count == ModelError.Kind.allCases.count + 1)
            for stream in [false, true] {
                for (kind, status, code, retries) in cases {
                    api.runs.script = { await $0.fail(kind, "words for people") }
                    let answer = try await api.chat(with: ["stream": .bool(stream)])
                    #expect(answer.status == status, "\(kind as Any)")
                    #expect(answer.json?["error"]?["code"]?.string == code)
                    #expect(answer.field("x-should-retry") == (retries ? nil : "false"))
                    #expect(answer.field("Retry-After") == nil)
                }
            }
            api.runs.script = { await $0.fail(.rateLimited, "slow down", retryAfter: .milliseconds(1500)) }
            #expect(try await api.chat().field("Retry-After") == "2")
            #expect(try await api.chat().message == "slow down")
        }
    }

    @Test func aRunThatIsNotTakenSaysWhy() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let cases: [(RunRefusal, Int)] = [
                (.blocked, 403), (.queueFull(limit: 3), 429), (.notReady("is stopping"), 503),
                (.unknownAgent("main"), 404),
            ]
            for stream in [false, true] {
                for (refusal, status) in cases {
                    api.runs.refusal = refusal
                    let answer = try await api.chat(with: ["stream": .bool(stream)])
                    #expect(answer.status == status)
                    #expect(answer.message == refusal.description)
                    #expect((answer.field("Retry-After") != nil) == (status == 429 || status == 503))
                }
            }
            api.runs.refusal = nil
            api.gateway.plane.api.runs = nil
            #expect(try await api.chat().status == 503)
        }
    }

    @Test func aStoppedRunIsAnAnswerIfItSaidSomething() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.runs.script = { await $0.end(.aborted(reason: "stop"), "Half an") }
            #expect(try await api.chat().json?["choices"]?[0]?["message"]?["content"]?.string == "Half an")
            api.runs.script = { await $0.end(.aborted(reason: "stop")) }
            let answer = try await api.chat()
            #expect(answer.status == 409)
            #expect(answer.field("x-should-retry") == "false")
        }
    }

    @Test func anErrorWithinAStreamIsAnEventOfIt() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.runs.script = {
                await $0.say(.text("Half"))
                await $0.fail(.cutStream, "the connection ended within the answer")
            }
            let events = try await api.events("/v1/chat/completions", APIHarness.chat)
            #expect(events.last?.data == "[DONE]")
            #expect(
                events.dropLast().last?.json["error"]?["message"]?.string == "the connection ended within the answer")
            #expect(!events.contains { $0.json["choices"]?[0]?["finish_reason"]?.string != nil })
        }
    }

    @Test func picturesComeAsDataWithinTheirLimits() async throws {
        try await onLoop {
            let api = try await APIHarness()
            func ask(_ urls: [String], earlier: [String] = []) async throws -> HarnessAnswer {
                func content(_ urls: [String]) -> JSON {
                    .array(
                        [["type": "text", "text": "Look"]]
                            + urls.map {
                                ["type": "image_url", "image_url": ["url": .string($0)]]
                            })
                }
                var messages: [JSON] = []
                if !earlier.isEmpty {
                    messages += [
                        ["role": "user", "content": content(earlier)], ["role": "assistant", "content": "I see"],
                    ]
                }
                messages.append(["role": "user", "content": content(urls)])
                return try await api.chat(with: ["messages": .array(messages)])
            }
            let png = "data:image/png;base64,iVBORw0KGgo="
            #expect(try await ask([png]).status == 200)
            #expect(
                api.runs.requests[0].message == [
                    .text("Look"), .image(ImagePart(mediaType: "image/png", base64: "iVBORw0KGgo=")),
                ])
            #expect(try await ask(["data:image/jpg;charset=x;base64,AAAA"]).status == 200)
            #expect(api.runs.requests[1].message[1].image?.mediaType == "image/jpeg")
            for bad in [
                "data:image/png;base64,", "data:image/png;base64,AAA", "data:image/png;base64,A=AA",
                "data:image/png,AAAA", "data:image/svg+xml;base64,AAAA", "file:///etc/passwd", "x",
                "https://example.com/a.png", "HTTP://127.0.0.1/a.png",
            ] {
                #expect(try await ask([bad]).status == 400, "\(bad)")
            }
            #expect(try await ask(Array(repeating: png, count: 7)).status == 200)
            #expect(try await ask(Array(repeating: png, count: 8)).status == 200)
            #expect(try await ask(Array(repeating: png, count: 9)).status == 400)
            #expect(try await ask(Array(repeating: png, count: 7), earlier: [png, png]).status == 200)
            let history = try #require(api.runs.requests.last?.options.history)
            #expect(
                history[0].parts == [
                    .text("Look"), .image(ImagePart(mediaType: "image/png", base64: "iVBORw0KGgo=")),
                    .text(ImageReader.leftOut),
                ])
        }
    }
}
