// Node with ws as a gateway that knows `connect` and `health`: parses every request, and writes the answer from a tree.
//     node gateway.js PORT PAYLOAD.json
const fs = require('fs');
const http = require('http');
const { randomUUID } = require('crypto');
const { WebSocketServer } = require('ws');

const [, , port, path] = process.argv;
const payload = JSON.parse(fs.readFileSync(path, 'utf8'));
const body = '{"ok":true,"status":"live"}';
const head = { 'Content-Type': 'application/json', 'Content-Length': body.length };
const server = http.createServer((request, response) => response.writeHead(200, head).end(body));
const sockets = new WebSocketServer({ server, maxPayload: 26214400, perMessageDeflate: false });

sockets.on('connection', (socket) => {
  let isIn = false;
  socket.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: randomUUID(), ts: Date.now() } }));
  socket.on('message', (data) => {
    const frame = JSON.parse(data);
    const isKnown = frame.type === 'req' && typeof frame.id === 'string' && (isIn ? frame.method === 'health' : frame.method === 'connect');
    const answer = isKnown
      ? { type: 'res', id: frame.id, ok: true, payload: isIn ? payload : { type: 'hello-ok', protocol: 3 } }
      : { type: 'res', id: String(frame.id), ok: false, error: { code: 'INVALID_REQUEST', message: `unknown method: ${frame.method}` } };
    isIn = true;
    socket.send(JSON.stringify(answer));
  });
  socket.on('error', () => {});
});
server.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 }, () => console.log('READY ' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
