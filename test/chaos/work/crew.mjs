import { join } from "node:path";
import { createSeededRandom } from "../../../packages/interface/dist/index.js";
import { Recorder } from "../history/recorder.mjs";
import { Client } from "./client.mjs";
import { work } from "./workloads.mjs";

/** The clients of one process, one for each of `works`, at work until they are stopped. */
export class Crew {
  /** @param {{ name: string, seed: number, directory: string, works: readonly string[], open: (work: string) => Promise<import("./client.mjs").Session> }} options */
  constructor({ name, seed, directory, works, open }) {
    const random = createSeededRandom(seed).fork(name);
    this.recorder = new Recorder(join(directory, `history-${name}.jsonl`));
    this.clients = works.map(
      (each, index) =>
        new Client({
          name: `${name}-${index}`,
          work: each,
          open: () => open(each),
          recorder: this.recorder,
          random: random.fork(String(index)),
        }),
    );
    this.running = Promise.all(this.clients.map((client) => work(client)));
  }

  /** Resolves when everybody has come to an end. */
  async stop() {
    for (const client of this.clients) client.isStopped = true;
    await this.running;
  }
}

/** Timeouts by workload: sessions with ephemeral znodes and locks are to expire now and then. @param {string} name */
export function sessionTimeoutMsOf(name) {
  return name === "ephemerals" || name === "locks" ? 2500 : 8000;
}
