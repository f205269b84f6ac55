// Prints for each round, as json-bench does, the nanoseconds of one JSON.parse and of one JSON.stringify of a frame:
//     node json.js frame.json ROUNDS REPEATS
const fs = require('fs');

const [, , path, rounds, repeats] = process.argv;
const frame = fs.readFileSync(path, 'utf8').trim();
const tree = JSON.parse(frame);
let kept = 0;

function nanoseconds(count, body) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index++) body();
  return Math.round(Number(process.hrtime.bigint() - start) / count);
}

const parse = () => { kept += JSON.parse(frame).seq; };
const write = () => { kept += JSON.stringify(tree).length; };
// Both are compiled before the first round, as they would be in a server.
nanoseconds(20000, parse);
nanoseconds(20000, write);
for (let round = 0; round < Number(rounds); round++) {
  console.log(`parse ${nanoseconds(Number(repeats), parse)} write ${nanoseconds(Number(repeats), write)}`);
}
if (kept === 0) process.exit(1);
