import Platform

/// What an exchange asks of its connection.
extension HTTPConnection {
    func bodyWanted() {
        guard phase == .exchange, current?.progress.takeContinue() == true else { return }
        outbox.append("HTTP/1.1 100 Continue\r\n\r\n")
        scheduleFlush()
    }

    func bodyTaken() { resumeReading() }

    func send(_ answer: CompleteAnswer, for exchange: HTTPExchange) {
        begin(exchange)
        guard exchange.body.isComplete else {
            exchange.progress.held = answer
            exchange.body.discard()
            return resumeReading()
        }
        write(answer, for: exchange)
        responseEnded()
    }

    /// Without an exchange when the request could not be understood.
    func write(_ answer: CompleteAnswer, for exchange: HTTPExchange?) {
        let sendsBody = exchange.map { $0.request.method != .head } ?? true
        switch answer {
        case .made(let response):
            let framing: ResponseFraming = response.status.hasNoBody ? .none : .length(response.body.count)
            writeHead(response.status, response.fields, framing)
            if sendsBody, framing != .none { outbox.append(response.body) }
        case .prepared(let response):
            outbox.append(response.front)
            writeCommonLines()
            if sendsBody { outbox.append(response.back) } else { outbox.append("\r\n") }
        }
    }

    func sendHead(_ status: HTTPStatus, _ fields: HTTPFields, for exchange: HTTPExchange, _ stream: ResponseStream) {
        begin(exchange)
        if exchange.request.isVersion11 {
            stream.isChunked = true
            writeHead(status, fields, .chunked)
        } else {
            exchange.progress.closeAfterwards()
            writeHead(status, fields, .close)
        }
        scheduleFlush()
    }

    func responseEnded() {
        guard let exchange = current else { return }
        exchange.progress.isAnswered = true
        exchange.body.discard()
        scheduleFlush()
        resumeReading()
    }

    /// The answer begins.
    private func begin(_ exchange: HTTPExchange) {
        exchange.progress.answerBegins(exchange.body)
        if exchange.body.isComplete { deadlines.clear() }
    }

    private func writeHead(_ status: HTTPStatus, _ fields: HTTPFields, _ framing: ResponseFraming) {
        ResponseHead(status: status, framing: framing).write(fields, to: &outbox)
        writeCommonLines()
        outbox.append("\r\n")
    }

    /// What the server and this connection add to a head, without the empty line behind it.
    private func writeCommonLines() {
        outbox.append(server.commonLines)
        if current?.progress.keepsAlive != true || !server.takesMore { outbox.append("Connection: close\r\n") }
    }
}
