import { afterAll, beforeAll } from "vitest";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { connectPeer, hostPeer, type ConnectedPeer } from "coterie";
import { testSession } from "../../packages/session/test/suite/index.ts";
import { type CoterieEnsemble, startCoterieEnsemble } from "../foreign/coterie-ensemble.ts";

let ensemble: CoterieEnsemble;
let hosting: AsyncDisposable;
let connected: ConnectedPeer;
let ports: readonly MessagePort[];

beforeAll(async () => {
  ensemble = await startCoterieEnsemble({ timing: "dedicated", clients: null });
  const { port1, port2 } = new MessageChannel();
  ports = [port1, port2];
  hosting = await hostPeer(ensemble.peers[0]!, port1);
  connected = connectPeer(port2);
});

afterAll(async () => {
  connected.leave();
  await hosting[Symbol.asyncDispose]();
  for (const port of ports) port.close();
  await ensemble.stop();
});

testSession("a session with a hosted peer", {
  open: ({ chroot } = {}) => connected.openSession(chroot === undefined ? {} : { chroot }),
});
