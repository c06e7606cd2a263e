// kill -9 of the leader, again and again, while clients write: nothing that was acknowledged may be lost, sessions live on.
import { connect } from "../../packages/coterie/dist/index.js";
import { setTimeout as sleep } from "node:timers/promises";
import { Ensemble } from "./ensemble.mjs";

/**
 * @param {{ kills: number, timing: "dedicated" | "embedded", say: (line: string) => void }} options
 * @returns {Promise<{ gapsMs: number[], acknowledged: number, failures: string[] }>}
 */
export async function killLeaders({ kills, timing, say }) {
  const ensemble = await Ensemble.start(timing);
  const { failures } = ensemble;
  const session = await connect(ensemble.connectString, { sessionTimeoutMs: 8000 });
  await session.create("/acknowledged", null);
  await session.create("/alive", null, { mode: "ephemeral" });
  const writer = new Writer(session);
  const gapsMs = [];
  for (let kill = 1; kill <= kills; kill++) {
    await sleep(300);
    const leader = await ensemble.untilLeader();
    writer.forgetGap();
    const killedMs = performance.now();
    await ensemble.end(leader, "SIGKILL");
    const gone = untilGone(session, `/of-peer-${leader}`);
    await writer.untilAcknowledged(20);
    gapsMs.push(writer.gapMs);
    const goneMs = await gone;
    if (goneMs - killedMs < 500) failures.push(`the session of peer ${leader} has expired too early`);
    say(
      `kill ${kill}: peer ${leader}, gap ${writer.gapMs.toFixed(0)} ms, its session gone after ${(goneMs - killedMs).toFixed(0)} ms`,
    );
    if ((await session.exists("/alive")) === null) failures.push("the writer's ephemeral znode is gone");
    await ensemble.start(leader);
  }
  await writer.stop();
  await compare(ensemble, writer, failures);
  await session.close();
  await ensemble.stop();
  return { gapsMs, acknowledged: writer.acknowledged.length, failures };
}

/** Writes one znode after another, and knows which were acknowledged. */
class Writer {
  /** @type {number[]} */
  acknowledged = [];
  gapMs = 0;
  #next = 0;
  #lastMs = performance.now();
  #isStopped = false;
  #running;

  /** @param {import("../../packages/coterie/dist/index.js").Session} session */
  constructor(session) {
    this.session = session;
    this.#running = this.#run();
  }

  forgetGap() {
    this.gapMs = 0;
  }

  /** Until so many more were. @param {number} count */
  async untilAcknowledged(count) {
    const target = this.acknowledged.length + count;
    while (this.acknowledged.length < target) await sleep(2);
  }

  async stop() {
    this.#isStopped = true;
    await this.#running;
  }

  async #run() {
    while (!this.#isStopped) {
      const number = this.#next++;
      try {
        await this.session.create(`/acknowledged/${number}`, String(number));
      } catch (error) {
        if (/** @type {{ retryable?: boolean }} */ (error).retryable !== true) throw error;
        await sleep(1);
        continue;
      }
      this.acknowledged.push(number);
      const nowMs = performance.now();
      this.gapMs = Math.max(this.gapMs, nowMs - this.#lastMs);
      this.#lastMs = nowMs;
    }
  }
}

/** @param {import("../../packages/coterie/dist/index.js").Session} session @param {string} path */
async function untilGone(session, path) {
  for (;;) {
    try {
      if ((await session.exists(path)) === null) return performance.now();
    } catch (error) {
      if (/** @type {{ retryable?: boolean }} */ (error).retryable !== true) throw error;
    }
    await sleep(20);
  }
}

/** Every peer has everything that was acknowledged, and all have the same. @param {Ensemble} ensemble @param {Writer} writer @param {string[]} failures */
async function compare(ensemble, { acknowledged }, failures) {
  /** @type {Set<string>} */
  let first = new Set();
  for (const port of ensemble.clientPorts) {
    const session = await connect(`127.0.0.1:${port}`, { sessionTimeoutMs: 4000, deadlineMs: 20_000 });
    await session.sync();
    const names = new Set((await session.children("/acknowledged")).children);
    const lost = acknowledged.filter((number) => !names.has(String(number)));
    if (lost.length > 0)
      failures.push(`${lost.length} acknowledged writes are lost at port ${port}: ${lost.slice(0, 5)}`);
    if (first.size === 0) first = names;
    if (first.size !== names.size || [...names].some((name) => !first.has(name)))
      failures.push(`port ${port} has another tree`);
    await session.close();
  }
}
