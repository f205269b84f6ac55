// Relays a model's stream as one would write it with Node: parses each event of the upstream, writes one of its own.
// node relay.js PORT UPSTREAM_PORT
'use strict';
const http = require('node:http');

const [port, upstream] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

http.createServer((request, response) => {
  if (request.method !== 'POST') return response.end('ok');
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => relay(JSON.parse(Buffer.concat(pieces)), response));
}).listen(port, '127.0.0.1');

function relay(asked, response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' });
  const body = JSON.stringify({ model: 'm', stream: true, messages: asked.messages });
  const options = { host: '127.0.0.1', port: upstream, method: 'POST', path: '/v1/chat/completions', agent };
  const out = http.request(options, (answer) => {
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (text) => {
      rest += text;
      for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) event(rest.slice(6, end), response);
    });
    answer.on('end', () => response.end('data: [DONE]\n\n'));
  });
  out.setHeader('Content-Type', 'application/json');
  out.end(body);
}

function event(data, response) {
  if (data === '[DONE]') return;
  const choice = JSON.parse(data).choices[0];
  const chunk = {
    id: 'chatcmpl_bench', object: 'chat.completion.chunk', created: 0, model: 'openclaw',
    choices: [{ index: 0, delta: choice.delta, finish_reason: choice.finish_reason }],
  };
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}
