import { decodeMessage } from "@coterie/consensus";
import type { Connection, Transport } from "@coterie/interface";
import { expect, it } from "vitest";
import { beginsEngines, type TestPeer } from "../support/engines.ts";

const begin = beginsEngines();

it("a leader says that a txn is committed before it applies it: a thousand may have to hear of it there", async () => {
  const engines = begin();
  const done: string[] = [];
  const peers: TestPeer[] = [];
  for (const id of [1, 2, 3]) {
    const transport = listenedTo(engines.network.transport(`peer${id}`), (frame) => {
      const committed = committedBy(frame);
      if (committed !== null) done.push(`${id} tells ${committed}`);
    });
    const peer = engines.create(id, { transport });
    peer.handler.onApplied = ({ zxid }) => done.push(`${id} applies ${zxid}`);
    peers.push(peer);
  }
  await engines.settled(Promise.all(peers.map(({ host, handler }) => host.start(handler))));
  await engines.until("all serve", () => peers.every((peer) => peer.isServing));
  const { leader } = engines;
  const session = await leader.open();
  done.length = 0;
  await leader.create(session, "/a");
  const { zxid } = leader.handler.applieds.at(-1)!;
  const ofLeader = done.filter((what) => what.startsWith(`${leader.id} `) && what.endsWith(` ${zxid}`));
  // To each of the two learners.
  expect([...new Set(ofLeader)]).toEqual([`${leader.id} tells ${zxid}`, `${leader.id} applies ${zxid}`]);
});

/** What a frame says of what is committed; null for one that says nothing of it. */
function committedBy(frame: Uint8Array): number | null {
  try {
    const message = decodeMessage(frame);
    return message.kind === "commit" ? message.zxid : null;
  } catch {
    // The handshake of a link.
    return null;
  }
}

function listenedTo(transport: Transport, sent: (frame: Uint8Array) => void): Transport {
  const listen = (connection: Connection): Connection => {
    const send = connection.send.bind(connection);
    connection.send = (frame) => {
      sent(frame);
      return send(frame);
    };
    return connection;
  };
  return {
    supports: transport.supports,
    listen: (address, handler, options) =>
      transport.listen(
        address,
        {
          accept: (connection) => handler.accept(listen(connection)),
          refused: (reason, remoteAddress) => handler.refused(reason, remoteAddress),
        },
        options,
      ),
    dial: (address, handler, options) => listen(transport.dial(address, handler, options)),
  };
}
