import Platform

/// What an exchange asks of its connection.
extension HTTPConnection {
    func bodyWanted() {
        guard phase == .exchange, current?.takeContinue() == true else { return }
        outbox.append("HTTP/1.1 100 Continue\r\n\r\n")
        scheduleFlush()
    }

    func bodyTaken() { resumeReading() }

    func send(_ answer: HTTPResponse, for exchange: HTTPExchange) {
        answerBegins()
        guard exchange.body.isComplete else {
            current?.held = answer
            exchange.body.discard()
            return resumeReading()
        }
        write(answer, for: exchange)
        responseEnded()
    }

    func write(_ answer: HTTPResponse, for exchange: HTTPExchange) {
        let framing: ResponseFraming = answer.status.hasNoBody ? .none : .length(answer.body.count)
        writeHead(answer.status, answer.fields, framing)
        if exchange.request.method != .head, framing != .none { outbox.append(answer.body) }
    }

    func sendHead(_ status: HTTPStatus, _ fields: HTTPFields, for exchange: HTTPExchange, _ stream: ResponseStream) {
        answerBegins()
        if exchange.request.isVersion11 {
            stream.isChunked = true
            writeHead(status, fields, .chunked)
        } else {
            current?.closeAfterwards()
            writeHead(status, fields, .close)
        }
        scheduleFlush()
    }

    func responseEnded() {
        guard current != nil else { return }
        current?.isAnswered = true
        current?.exchange.body.discard()
        scheduleFlush()
        resumeReading()
    }

    private func answerBegins() {
        current?.answerBegins()
        if current?.exchange.body.isComplete == true { deadlines.clear() }
    }

    func writeHead(_ status: HTTPStatus, _ fields: HTTPFields, _ framing: ResponseFraming) {
        let closes = current.map { !$0.keepsAlive } ?? true
        ResponseHead(status: status, framing: framing, closes: closes || server.isDraining)
            .write(fields, date: server.dateLine, common: server.commonFields, to: &outbox)
    }
}
