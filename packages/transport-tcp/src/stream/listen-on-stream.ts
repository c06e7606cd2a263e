import {
  checkListenOptions,
  type CoterieError,
  type ListenHandler,
  type Listener,
  type ListenOptions,
} from "@coterie/interface";
import { createServer, type ListenOptions as ServerAddress, type Server, type Socket } from "node:net";
import { Admission, type AdmissionLimits } from "./admission.ts";
import { Arrival } from "./arrival.ts";
import { reasonOf, wordOf } from "./reasons.ts";
import { RefusalReport } from "./refusal-report.ts";
import type { StreamContext } from "./stream-context.ts";
import type { StreamEnds } from "./stream-ends.ts";

/** Connections that the operating system holds ready for us. More are delayed by it, or refused. */
const BACKLOG_MAX = 511;
/** How long a connection says nothing before the operating system asks whether the other end still exists. */
export const KEEP_ALIVE_DELAY_MS: number = 60_000;

export interface StreamListenOptions {
  readonly context: StreamContext;
  readonly address: string;
  readonly place: ServerAddress;
  readonly handler: ListenHandler;
  readonly listening: ListenOptions;
  /** What is known of a socket that has come in; null if it is gone already. */
  endsOf(socket: Socket): StreamEnds | null;
  /** Where it listens now, as `dial` takes it. */
  addressOf(server: Server): string;
}

/** Resolves when connections are taken in. Rejects with ADDRESS_IN_USE, ADDRESS_UNUSABLE or BAD_ARGUMENTS. */
export async function listenOnStream(options: StreamListenOptions): Promise<Listener> {
  const { context, handler, listening } = options;
  checkListenOptions(listening, { zookeeperFraming: true });
  const admission = new Admission(admissionLimitsOf(context, listening));
  const report = new RefusalReport(context.clock, handler);
  const arrivals = new Set<Arrival>();
  // Half open: when the other end has ended its side, ours is ended when what it holds has been sent.
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
  });
  const over = (arrival: Arrival, refusal: CoterieError | null): void => {
    arrivals.delete(arrival);
    if (refusal !== null) report.add(refusal, arrival.ends.remoteAddress);
  };
  server.on("connection", (raw: Socket) => {
    const ends = options.endsOf(raw);
    if (ends === null) return void raw.on("error", () => undefined).destroy();
    const { remoteIp } = ends;
    const objection = admission.admit(remoteIp);
    if (objection !== null) {
      raw.on("error", () => undefined).destroy();
      report.add(reasonOf("CONNECTION_CLOSED", `The connection was one too many: ${objection}.`), ends.remoteAddress);
      return;
    }
    // All else that was known of it goes with its arrival.
    raw.once("close", () => admission.release(remoteIp));
    const arrival = new Arrival(raw, ends, { context, listening, handler, over });
    arrivals.add(arrival);
    arrival.begin();
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "EADDRINUSE" ? "ADDRESS_IN_USE" : "ADDRESS_UNUSABLE";
      reject(
        reasonOf(code, `Cannot listen at ${options.address}: ${wordOf(error)}.${adviceFor(wordOf(error))}`, error),
      );
    });
    server.listen({ ...options.place, backlog: BACKLOG_MAX, exclusive: true }, () => {
      server.removeAllListeners("error");
      // A connection that could not be taken in, for lack of file descriptors, say, is not the end of the listener.
      server.on("error", (error) => {
        const message = `A connection could not be taken in: ${wordOf(error)}.`;
        report.add(reasonOf("CONNECTION_CLOSED", message, error), "unknown");
      });
      resolve(new StreamListener(server, options.addressOf(server), arrivals));
    });
  });
}

/** What the listener's user says goes first; its 0 is no limit. */
function admissionLimitsOf({ limits }: StreamContext, listening: ListenOptions): AdmissionLimits {
  const { connectionsMax, connectionsPerAddressMax } = listening;
  return {
    connectionsMax: connectionsMax === undefined ? limits.connectionsMax : connectionsMax || Infinity,
    connectionsPerAddressMax:
      connectionsPerAddressMax === undefined ? limits.connectionsPerAddressMax : connectionsPerAddressMax || Infinity,
  };
}

class StreamListener implements Listener {
  readonly address: string;
  private readonly server: Server;
  private readonly arrivals: ReadonlySet<Arrival>;
  private closing: Promise<void> | null = null;

  constructor(server: Server, address: string, arrivals: ReadonlySet<Arrival>) {
    this.server = server;
    this.address = address;
    this.arrivals = arrivals;
  }

  close(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      for (const arrival of this.arrivals) arrival.refuse(reasonOf("CONNECTION_CLOSED", "The listener was closed."));
      this.server.close();
      // The server calls back when its last connection has ended; its address is free before that.
      resolve();
    });
    return this.closing;
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: " Another process listens there: stop it, or take another port.",
  EADDRNOTAVAIL: " It is no address of this machine: listen at one that is.",
  EACCES: " It takes privileges to listen there: take another one, for TCP a port above 1023.",
};

function adviceFor(word: string): string {
  return Object.hasOwn(ADVICE, word) ? ADVICE[word]! : "";
}
