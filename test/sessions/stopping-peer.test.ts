import { createClientChannel, type ClientChannel } from "@coterie/client";
import { createSession, type Session, untilConnected } from "@coterie/session";
import { createPlatformClock } from "@coterie/platform";
import { createTcpTransport } from "@coterie/transport-tcp";
import { CoterieError } from "@coterie/interface";
import { expect, it } from "vitest";
import { type CoterieEnsemble, startCoterieEnsemble } from "../foreign/coterie-ensemble.ts";

const SESSION_TIMEOUT_MS = 20_000;
const WRITES_AT_ONCE = 20;

const transport = createTcpTransport();
const clock = createPlatformClock();

interface Client {
  readonly channel: ClientChannel;
  readonly session: Session;
  readonly states: string[];
}

/** A session that begins at one of the peers, and knows them all. */
async function openAt(addresses: readonly string[], first: string): Promise<Client> {
  for (;;) {
    const channel = createClientChannel({ transport, addresses, clock, sessionTimeoutMs: SESSION_TIMEOUT_MS });
    const session = createSession(channel, { clock });
    const late = (): CoterieError => new CoterieError("UNREACHABLE", "no peer has given a session in time");
    await untilConnected(session, { clock, deadlineMs: SESSION_TIMEOUT_MS, signal: undefined, late });
    if (channel.server === first) {
      const states: string[] = [];
      session.on("state", (state) => states.push(state));
      return { channel, session, states };
    }
    await session.close();
  }
}

/** Writes without a pause, always several at once, until it is told to end: how many, and in what order they came out. */
async function writeOn(session: Session, work: { isOver: boolean; written: number }): Promise<string[]> {
  const names: string[] = [];
  while (!work.isOver) {
    const created = Array.from({ length: WRITES_AT_ONCE }, () =>
      session.create("/n-", "", { mode: "persistent-sequential" }),
    );
    for (const { path } of await Promise.all(created)) names.push(path.slice(1));
    work.written = names.length;
  }
  return names;
}

async function untilWritten(work: { readonly written: number }, more: number): Promise<void> {
  const goal = work.written + more;
  while (work.written < goal) await new Promise((resolve) => setImmediate(resolve));
}

it.each([
  ["leads", true],
  ["follows", false],
])(
  "nobody sees an error when the peer stops that %s: what it has not taken goes to another one",
  async (_, isLeader) => {
    const ensemble: CoterieEnsemble = await startCoterieEnsemble({ timing: "dedicated", clients: transport });
    try {
      const index = ensemble.peers.findIndex(({ status }) => (status.role.state === "leading") === isLeader);
      const stopping = ensemble.addresses[index]!;
      const staying = ensemble.addresses.find((address) => address !== stopping)!;
      const clients = [await openAt(ensemble.addresses, stopping), await openAt(ensemble.addresses, staying)];
      await clients[0]!.session.create("/mine", "", { mode: "ephemeral" });
      const works = clients.map(() => ({ isOver: false, written: 0 }));
      const writing = clients.map(({ session }, client) => writeOn(session, works[client]!));
      await Promise.all(works.map((work) => untilWritten(work, 100)));
      await ensemble.peers[index]!.stop();
      await Promise.all(works.map((work) => untilWritten(work, 100)));
      for (const work of works) work.isOver = true;
      const written = await Promise.all(writing);
      const [left, stayed] = clients;
      expect(left!.states).toEqual(["suspended", "connected"]);
      expect(left!.channel.server).not.toBe(stopping);
      expect(stayed!.states).toEqual([]);
      // Each write has taken effect once, and those of a session in their order.
      for (const names of written) expect(names).toEqual(names.toSorted());
      const { children } = await left!.session.children("/");
      const ours = children.filter((name) => name.startsWith("n-"));
      expect(ours.toSorted()).toEqual(written.flat().toSorted());
      expect((await stayed!.session.exists("/mine"))?.ephemeralOwner).toBe(left!.session.id);
      for (const { session } of clients) await session.close();
    } finally {
      await ensemble.stop();
    }
  },
);
