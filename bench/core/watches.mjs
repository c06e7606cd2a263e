// One change of a znode that 10,000 connections watch.
import { measure } from "../lib/measure.mjs";
import { createMachine, createRequest } from "../lib/tree.mjs";

const WATCHERS = 10_000;
const path = "/watched";
const data = new Uint8Array(100);

function createWatched() {
  const { machine, write, sessionId } = createMachine();
  write(createRequest(path, data));
  const watchers = Array.from({ length: WATCHERS }, () => machine.openWatcher([]));
  const change = () => {
    const { events } = write({ kind: "setData", path, data, version: -1 });
    const told = events.reduce((sum, event) => sum + event.watchers.length, 0);
    if (told !== WATCHERS) throw new Error(`${told} were told`);
  };
  return { machine, sessionId, watchers, change };
}

const once = createWatched();
const rearm = () => {
  for (const watcher of once.watchers) {
    once.machine.read({ kind: "getData", path, watch: true }, { sessionId: once.sessionId, identities: [], watcher });
  }
};
const persistent = createWatched();
for (const watcher of persistent.watchers) {
  persistent.machine.answerWatchRequest({ kind: "addWatch", path, mode: 0 }, watcher);
}

await measure([
  {
    name: "events of one change, 10,000 one-shot watches",
    operations: WATCHERS,
    target: 2_000_000,
    beforeEach: rearm,
    run: once.change,
  },
  {
    name: "events of one change, 10,000 persistent watches",
    operations: WATCHERS,
    target: 2_000_000,
    run: persistent.change,
  },
]);
