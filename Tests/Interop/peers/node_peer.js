// A ws client or server that another program drives: commands come in as lines of JSON, events go out as such.
'use strict';
const fs = require('fs');
const https = require('https');
const readline = require('readline');
const WebSocket = require('ws');

const options = JSON.parse(process.argv[2]);
const limits = { maxPayload: 64 << 20 };
const tell = (event, fields) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');

let socket = null;

function adopt(ws) {
  socket = ws;
  ws.on('message', (data, isBinary) =>
    tell('message', { kind: isBinary ? 'binary' : 'text', data: data.toString('base64') }));
  ws.on('pong', data => tell('pong', { data: data.toString('base64') }));
  ws.on('close', (code, reason) => tell('close', { code, reason: reason.toString() }));
  ws.on('error', error => tell('error', { text: String(error) }));
}

function opened(ws) {
  tell('open', { compressed: ws.extensions.includes('permessage-deflate') });
}

if (options.url) {
  const ca = options.ca ? fs.readFileSync(options.ca) : undefined;
  // Servers of these tests listen on IPv4, and many a machine knows localhost by its IPv6 address first.
  adopt(new WebSocket(options.url, { ...limits, ca, family: 4, perMessageDeflate: options.deflate }));
  socket.on('open', () => opened(socket));
} else {
  const perMessageDeflate = options.deflate;
  const accept = ws => { adopt(ws); opened(ws); };
  if (options.cert) {
    const server = https.createServer({ cert: fs.readFileSync(options.cert), key: fs.readFileSync(options.key) });
    new WebSocket.Server({ ...limits, server, perMessageDeflate }).on('connection', accept);
    server.listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }));
  } else {
    const server = new WebSocket.Server({ ...limits, host: '127.0.0.1', port: 0, perMessageDeflate });
    server.on('connection', accept).on('listening', () => tell('listening', { port: server.address().port }));
  }
}

const commands = {
  send({ kind, parts }) {
    parts.forEach((part, index) =>
      socket.send(Buffer.from(part, 'base64'), { binary: kind === 'binary', fin: index === parts.length - 1 }));
  },
  ping({ data }) { socket.ping(Buffer.from(data, 'base64')); },
  close({ code, reason }) { socket.close(code, reason); },
};

readline.createInterface({ input: process.stdin })
  .on('line', line => { const command = JSON.parse(line); commands[command.do](command); })
  .on('close', () => process.exit(0));
