import { connect, createServer, type Server, type Socket } from "node:net";

/** One frame as a golden file holds it, without its 4-byte length. */
export interface RecordedFrame {
  /** 1 for the first connection of the recording, and so on. */
  readonly conn: number;
  readonly from: "client" | "server";
  readonly hex: string;
}

/** Stands between real clients and the real server and writes down the frames of both directions. */
export interface RecordingProxy {
  readonly port: number;
  /**
   * A second port. A program that connects to it has all recorded connections cut, then reads end of file; until it
   * closes that connection, new ones are refused.
   */
  readonly controlPort: number;
  readonly frames: readonly RecordedFrame[];
  /** Cuts all connections, as a failing network does. */
  drop(): void;
  /** Resolves when a frame `from` arrives that matches; looks at frames from index `start` on. */
  waitFor(start: number, matches: (frame: RecordedFrame) => boolean): Promise<RecordedFrame>;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const LENGTH_BYTES = 4;
/** Four-letter words are not frames; "isro" is what a client that was opened read-only asks. */
const FOUR_LETTER_WORDS: ReadonlySet<string> = new Set(["isro", "ruok", "srvr"]);

export async function createRecordingProxy(serverPort: number): Promise<RecordingProxy> {
  const frames: RecordedFrame[] = [];
  const sockets = new Set<Socket>();
  const holders = new Set<Socket>();
  const waiting = new Set<() => void>();
  let connections = 0;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const record = (frame: RecordedFrame): void => {
    frames.push(frame);
    for (const wake of waiting) wake();
  };
  const proxy = createServer((client) => {
    if (holders.size > 0) {
      client.on("error", () => client.destroy());
      client.destroy();
      return;
    }
    let conn = 0;
    const upstream = connect({ host: HOST, port: serverPort });
    const own = (from: RecordedFrame["from"]) => (hex: string) => {
      // A connection gets its number with its first frame, so four-letter words take none.
      if (conn === 0) conn = connections += 1;
      record({ conn, from, hex });
    };
    tap(client, upstream, splitFrames(own("client")));
    tap(upstream, client, splitFrames(own("server")));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
  });
  const control = createServer({ allowHalfOpen: true }, (socket) => {
    drop();
    holders.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.destroy());
    socket.once("close", () => holders.delete(socket));
    socket.resume();
    socket.end();
  });
  return {
    port: await listen(proxy),
    controlPort: await listen(control),
    frames,
    drop,
    waitFor: (start, matches) =>
      new Promise((resolve) => {
        let next = start;
        const look = (): void => {
          for (; next < frames.length; next += 1) {
            const frame = frames[next];
            if (frame === undefined || !matches(frame)) continue;
            waiting.delete(look);
            return resolve(frame);
          }
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      drop();
      await Promise.all([proxy, control].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function tap(source: Socket, sink: Socket, see: (chunk: Buffer) => void): void {
  source.setNoDelay(true);
  source.on("data", (chunk) => {
    see(chunk);
    sink.write(chunk);
  });
  source.on("end", () => sink.end());
  source.on("close", () => sink.destroy());
  source.on("error", () => sink.destroy());
}

function splitFrames(emit: (hex: string) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let admin: boolean | undefined;
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    if (admin === undefined && pending.length >= LENGTH_BYTES) {
      admin = FOUR_LETTER_WORDS.has(pending.toString("latin1", 0, LENGTH_BYTES));
    }
    if (admin === true) return;
    while (pending.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + pending.readInt32BE(0);
      if (pending.length < end) return;
      emit(pending.toString("hex", LENGTH_BYTES, end));
      pending = pending.subarray(end);
    }
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, HOST, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the system named no port");
  return address.port;
}
