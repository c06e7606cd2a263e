// What Node.js takes for the loads by itself: members with the same connections and messages as an ensemble, the same synced writes,
// and nothing behind them. No session, check, checksum, limit or election; the last one always leads. It measures, and is no server.
import { parseArgs } from "node:util";
import { Member } from "./member.mjs";
import { openPort } from "./port.mjs";
import { Tree } from "./tree.mjs";

const { values } = parseArgs({
  options: {
    index: { type: "string" },
    ports: { type: "string" },
    links: { type: "string" },
    directory: { type: "string" },
  },
});
const numbers = (text) => text.split(",").map(Number);

const tree = new Tree();
const member = new Member(Number(values.index), numbers(values.links), values.directory);
await member.join((entry) => tree.apply(entry));
openPort(numbers(values.ports)[Number(values.index)], member, tree);
