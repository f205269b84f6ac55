// Node with ws: echoes every message on any path, and answers GET /health.
const http = require('http');
const { WebSocketServer } = require('ws');

const body = '{"ok":true,"status":"live"}';
const head = { 'Content-Type': 'application/json', 'Content-Length': body.length };
const server = http.createServer((request, response) => response.writeHead(200, head).end(body));
const sockets = new WebSocketServer({ server, maxPayload: 64 << 20, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  socket.on('error', () => {});
});
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 },
  () => console.log('READY ' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
