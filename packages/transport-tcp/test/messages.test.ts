import type { ConnectionHandler, CoterieError, Listener, Transport } from "@coterie/interface";
import { afterEach, expect, it } from "vitest";
import { createTcpTransport } from "../src/index.ts";
import { credentialsOf } from "./credentials.ts";

const LIMITS = { frameSizeMaxBytes: 1_000_000, sendQueueTargetBytes: 1_000_000 };
const TRANSPORTS = {
  secret: createTcpTransport({ security: { kind: "secret", secret: "0123456789abcdef" } }),
  "another secret": createTcpTransport({ security: { kind: "secret", secret: "fedcba9876543210" } }),
  "no secret": createTcpTransport(),
  certificates: createTcpTransport({ security: { kind: "certificate", credentials: credentialsOf("peer") } }),
};
type Kind = keyof typeof TRANSPORTS;

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

/** What both ends are told of a connection between them. */
async function meet(listening: Transport, dialling: Transport): Promise<{ listener: string; dialler: string }> {
  const told = await new Promise<[CoterieError, CoterieError]>((resolve, reject) => {
    let [listener, dialler]: [CoterieError | null, CoterieError | null] = [null, null];
    const handlerOf = (closed: (reason: CoterieError) => void): ConnectionHandler => {
      return { opened: () => undefined, received: () => undefined, drained: () => undefined, closed };
    };
    const tell = (): void => {
      if (listener !== null && dialler !== null) resolve([listener, dialler]);
    };
    const hearListener = (reason: CoterieError): void => {
      listener ??= reason;
      tell();
    };
    const accepting = { accept: () => handlerOf(hearListener), refused: hearListener };
    listening.listen("127.0.0.1:0", accepting, LIMITS).then((found) => {
      listeners.push(found);
      const hearDialler = (reason: CoterieError): void => {
        dialler ??= reason;
        tell();
      };
      const connection = dialling.dial(found.address, { ...handlerOf(hearDialler), opened }, LIMITS);
      function opened(): void {
        connection.send(Buffer.from("a frame in plain text"));
      }
    }, reject);
  });
  return { listener: told[0].message, dialler: told[1].message };
}

it.each<[Kind, Kind, { listener: RegExp; dialler: RegExp }]>([
  ["secret", "another secret", { listener: /different secrets/, dialler: /different secrets/ }],
  ["secret", "no secret", { listener: /speaks plain text, with neither a secret/, dialler: /closed the connection/ }],
  ["no secret", "secret", { listener: /speaks TLS, as with a secret/, dialler: /neither a secret|plain text/ }],
  ["no secret", "certificates", { listener: /speaks TLS, as with a secret/, dialler: /neither a secret|plain text/ }],
  ["secret", "certificates", { listener: /one end has a secret, and the other/, dialler: /one end has a secret/ }],
])("where %s listens and %s dials, both say so", async (listening, dialling, expected) => {
  const told = await meet(TRANSPORTS[listening], TRANSPORTS[dialling]);
  expect(told).toEqual({
    listener: expect.stringMatching(expected.listener),
    dialler: expect.stringMatching(expected.dialler),
  });
});

it("says what to do about an address that is taken", async () => {
  const accepting = { accept: () => Promise.reject as never, refused: () => undefined };
  const listener = await TRANSPORTS["no secret"].listen("127.0.0.1:0", accepting, LIMITS);
  listeners.push(listener);
  await expect(TRANSPORTS["no secret"].listen(listener.address, accepting, LIMITS)).rejects.toMatchObject({
    code: "ADDRESS_IN_USE",
    message: expect.stringContaining("stop it, or take another port"),
  });
});
