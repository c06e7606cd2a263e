import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { RawClient } from "./raw-client.ts";

interface Report {
  readonly port: number;
  readonly peakBytes: number;
  readonly connectionCount: number;
}

/** A peer in a process of its own (victim.mjs). */
export class Victim {
  private readonly child: ChildProcess;
  private readonly clients: RawClient[] = [];
  private port = 0;
  private beforeBytes = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  static async start(): Promise<Victim> {
    const victim = new Victim(fork(new URL("victim.mjs", import.meta.url)));
    const [report] = (await once(victim.child, "message")) as [Report];
    victim.port = report.port;
    // What every client costs once is not the attack's.
    await victim.useOne();
    victim.beforeBytes = (await victim.look()).peakBytes;
    return victim;
  }

  /** By how much the process has grown at its largest since it was first used. */
  async grownBytes(): Promise<number> {
    return (await this.look()).peakBytes - this.beforeBytes;
  }

  async look(): Promise<Report> {
    this.child.send("look");
    const [report] = (await once(this.child, "message")) as [Report];
    return report;
  }

  async dial(): Promise<RawClient> {
    const client = await RawClient.dial(this.port);
    this.clients.push(client);
    return client;
  }

  async connect(): Promise<RawClient> {
    const client = await this.dial();
    await client.connect();
    return client;
  }

  /** Who has nothing to do with all of it opens a session, reads, and closes it. */
  async useOne(): Promise<void> {
    const client = await this.connect();
    const { err } = await client.ask({ kind: "exists", path: "/", watch: false });
    if (err !== 0) throw new Error(`exists was answered ${err}`);
    await client.ask({ kind: "closeSession" });
    client.destroy();
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.destroy();
    const ended = once(this.child, "exit");
    this.child.disconnect();
    await ended;
  }
}
