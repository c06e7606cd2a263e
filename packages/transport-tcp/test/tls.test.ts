import type { CoterieError } from "@coterie/interface";
import { once } from "node:events";
import { connect, createServer, type ConnectionOptions, type TlsOptions } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { createTcpTransport, type TcpSecurity, type TlsCredentials } from "../src/index.ts";
import { deriveKey } from "../src/tls/ensemble-secret.ts";
import { credentialsOf } from "./credentials.ts";
import { Ends, secretOf } from "./ends.ts";

const ends = new Ends();
afterEach(async () => ends.close());

const SECRET = "the secret of the ensemble";
const certificate = (holder: string, authority?: string): TcpSecurity => ({
  kind: "certificate",
  credentials: credentialsOf(holder, authority),
});

/** What the end that dials, and the end that listens, come to say of each other. */
async function meet(
  listening: TcpSecurity,
  dialing: TcpSecurity,
  host = "127.0.0.1",
): Promise<{ dialled: CoterieError; refused: CoterieError }> {
  const { port, porter } = await ends.listen({ security: listening });
  const { heard } = ends.dial(createTcpTransport({ security: dialing }), `${host}:${port}`);
  const [dialled, refused] = await Promise.all([heard.untilClosed(), porter.refusal()]);
  expect([heard.heard, porter.connections]).toEqual([["closed"], []]);
  return { dialled, refused };
}

const REFUSED = { code: "IDENTITY_REFUSED" };

/** How a TLS client of another kind fares with a listener of ours. */
async function rawHandshake(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", checkServerIdentity: () => undefined, ...options });
  ends.later(() => socket.destroy());
  return new Promise((resolve) => {
    socket.once("secureConnect", () => resolve("secure"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe("an ensemble's secret", () => {
  it.each([
    ["missing", undefined],
    ["empty", ""],
    ["empty bytes", new Uint8Array(0)],
    ["short", "fifteen letters"],
    ["with a line's end", `${SECRET}\n`],
    ["long", "x".repeat(1025)],
  ])("that is %s is an error, which does not tell it", (_what, secret) => {
    const create = (): unknown => createTcpTransport({ security: { kind: "secret", secret: secret as string } });
    expect(create).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
    if (typeof secret === "string" && secret !== "") expect(create).not.toThrow(new RegExp(secret.slice(0, 8)));
  });

  it("of another ensemble is refused at both ends, and told at neither", async () => {
    const other = "the secret of another one";
    const { dialled, refused } = await meet(secretOf(SECRET), secretOf(other));
    expect([dialled, refused]).toMatchObject([REFUSED, REFUSED]);
    const told = [dialled, refused].map((reason) => `${reason.stack} ${String((reason.cause as Error).stack)}`).join();
    for (const secret of [SECRET, other]) expect(told).not.toContain(secret);
  });

  it("gives the same key everywhere, and for ever", async () => {
    expect((await deriveKey(Buffer.from(SECRET))).toString("hex")).toBe(
      "3c3f6b5cbcba11a6cd6d3677f45151b190168a501038461b7ec5ff33e3fdfca3",
    );
  });

  it("opens a connection only with TLS 1.3 and an ephemeral key exchange", async () => {
    const { port, porter } = await ends.listen({ security: secretOf(SECRET) });
    const psk = await deriveKey(Buffer.from(SECRET));
    const pskCallback = (): { psk: Buffer; identity: string } => ({ psk, identity: "coterie" });
    const outcomes: string[] = [];
    for (const options of [
      { ciphers: "TLS_AES_128_GCM_SHA256", minVersion: "TLSv1.3" },
      { ciphers: "PSK-AES128-GCM-SHA256", maxVersion: "TLSv1.2" },
      { ciphers: "ECDHE-PSK-CHACHA20-POLY1305", maxVersion: "TLSv1.2" },
    ] as const) {
      outcomes.push(await rawHandshake(port, { ...options, pskCallback }));
    }
    expect(outcomes[0]).toBe("secure");
    for (const outcome of outcomes.slice(1)) expect(outcome).toMatch(/^ERR_SSL/);
    await porter.until(() => porter.refusals.length === 2);
    expect((await porter.at(0)).recorder.info?.identity).toEqual({ kind: "secret" });
  });

  it("is not replaced by a certificate, whoever has signed it", async () => {
    const { certificate: cert, key } = credentialsOf("peer");
    const impostor = createServer({ cert, key, minVersion: "TLSv1.3" } satisfies TlsOptions);
    impostor.listen(0, "127.0.0.1");
    ends.later(() => impostor.close());
    await once(impostor, "listening");
    const { port } = impostor.address() as { port: number };
    const { heard } = ends.dial(createTcpTransport({ security: secretOf(SECRET) }), `127.0.0.1:${port}`);
    expect((await heard.untilClosed()).code).toBe("IDENTITY_REFUSED");
    expect(heard.heard).toEqual(["closed"]);
  });

  it("refuses a client that knows none", async () => {
    const { port, porter } = await ends.listen({ security: secretOf(SECRET) });
    expect(await rawHandshake(port, { rejectUnauthorized: false })).toMatch(/^ERR_SSL/);
    expect((await porter.refusal()).code).toBe("IDENTITY_REFUSED");
    const socket = await ends.socket(port);
    socket.write("no handshake at all");
    expect((await porter.refusal(1)).code).toBe("IDENTITY_REFUSED");
  });
});

describe("certificates", () => {
  it("open a connection, and say who is there", async () => {
    const { port, porter } = await ends.listen({ security: certificate("peer") });
    for (const host of ["127.0.0.1", "localhost"]) {
      const { heard } = ends.dial(createTcpTransport({ security: certificate("peer-renewed") }), `${host}:${port}`);
      expect((await heard.untilOpened()).identity).toEqual({
        kind: "certificate",
        subject: "CN=peer,O=Coterie\\, tests,C=CH",
        names: ["localhost", "peer.example", "127.0.0.1", "::1"],
      });
    }
    expect((await porter.at(0)).recorder.info?.identity).toMatchObject({ subject: "CN=peer renewed,O=Coterie tests" });
  });

  it.each([
    ["of an authority that the listener does not trust", certificate("peer"), certificate("stranger")],
    ["of an authority that the dialler does not trust", certificate("stranger"), certificate("peer", "authority")],
    ["that has expired, at the end that dials", certificate("peer"), certificate("expired")],
    ["that has expired, at the end that listens", certificate("expired"), certificate("peer")],
    ["for another name, even if the common name is right", certificate("elsewhere"), certificate("peer")],
  ])("%s are refused at both ends", async (_what, listening, dialing) => {
    const { dialled, refused } = await meet(listening, dialing);
    expect([dialled, refused]).toMatchObject([REFUSED, REFUSED]);
  });

  it("without a subject alternative name are for no host, even if the common name is right", async () => {
    const { dialled } = await meet(certificate("nameless"), certificate("peer"), "localhost");
    expect(dialled).toMatchObject({ ...REFUSED, message: expect.stringContaining("not for localhost") as string });
  });

  it("must be shown by clients, too", async () => {
    const { port, porter } = await ends.listen({ security: certificate("peer") });
    await rawHandshake(port, { ca: credentialsOf("peer").authorities });
    expect((await porter.refusal()).code).toBe("IDENTITY_REFUSED");
  });

  it("of TLS clients that are not ours are looked at, without a byte of ours in the stream", async () => {
    const { port, porter } = await ends.listen({ security: certificate("peer") });
    const { certificate: cert, key, authorities: ca } = credentialsOf("peer-renewed");
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = connect({ port, host: "127.0.0.1", cert, key, ca, maxVersion });
      ends.later(() => socket.destroy());
      await once(socket, "secureConnect");
      socket.write("\0\0\0\x02hi");
      const { connection, recorder } = await porter.at(maxVersion === "TLSv1.2" ? 0 : 1);
      await recorder.until(() => recorder.frames.length === 1);
      connection.send(Buffer.from("ho"));
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect([recorder.text, answer]).toEqual([["hi"], Buffer.from("\0\0\0\x02ho")]);
    }
  });

  it("are taken anew without a restart; what is open stays", async () => {
    const security = certificate("peer");
    const { transport, porter, listener } = await ends.listen({ security });
    const subjectOf = async (): Promise<unknown> => {
      const { heard } = ends.dial(createTcpTransport({ security }), listener.address);
      return (await heard.untilOpened()).identity;
    };
    expect(await subjectOf()).toMatchObject({ subject: "CN=peer,O=Coterie\\, tests,C=CH" });
    transport.reload(credentialsOf("peer-renewed"));
    expect(await subjectOf()).toMatchObject({ subject: "CN=peer renewed,O=Coterie tests" });
    await porter.at(1);
    const { heard } = ends.dial(transport, listener.address);
    await heard.untilOpened();
    expect((await porter.at(2)).recorder.info?.identity).toMatchObject({ subject: "CN=peer renewed,O=Coterie tests" });
    expect(porter.recorders.map(({ reason }) => reason)).toEqual([null, null, null]);
  });

  it.each<[string, Partial<TlsCredentials>]>([
    ["no certificate", { certificate: "" }],
    ["no key", { key: "" }],
    ["the key of another one", { key: credentialsOf("stranger").key }],
    ["no authority", { authorities: "" }],
    ["a damaged authority", { authorities: credentialsOf("peer").authorities.replace("MII", "MIJ") }],
  ])("with %s are an error, and at a reload those from before stay", async (_what, change) => {
    const bad = { ...credentialsOf("peer"), ...change };
    const error = expect.objectContaining({ code: "BAD_ARGUMENTS" }) as Error;
    expect(() => createTcpTransport({ security: { kind: "certificate", credentials: bad } })).toThrow(error);
    const { transport, listener } = await ends.listen({ security: certificate("peer") });
    expect(() => transport.reload(bad)).toThrow(error);
    await ends.dial(transport, listener.address).heard.untilOpened();
  });
});

describe("security", () => {
  it("of a kind that does not exist is an error, and not none", () => {
    for (const security of [{ kind: "secert" }, { kind: "" }, {}]) {
      const create = (): unknown => createTcpTransport({ security: security as TcpSecurity });
      expect(create).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
    }
  });

  it("is not fallen back from: a plain end and a secure one do not come together", async () => {
    for (const security of [secretOf(SECRET), certificate("peer")]) {
      const secure = await ends.listen({ security });
      const plainDial = ends.dial(createTcpTransport(), secure.listener.address);
      plainDial.near.pause();
      await plainDial.heard.untilOpened();
      plainDial.near.send(Buffer.from("hello"));
      plainDial.near.resume();
      expect((await secure.porter.refusal()).code).toBe("IDENTITY_REFUSED");
      const plain = await ends.listen();
      const secureDial = ends.dial(createTcpTransport({ security }), plain.listener.address);
      expect(["UNREACHABLE", "IDENTITY_REFUSED"]).toContain((await secureDial.heard.untilClosed()).code);
      expect(secureDial.heard.heard).toEqual(["closed"]);
    }
  });

  it("says what it can prove", () => {
    const supports = [undefined, secretOf(SECRET), certificate("peer")].map(
      (security) => createTcpTransport(security === undefined ? {} : { security }).supports.identity,
    );
    expect(supports).toEqual([false, true, true]);
  });

  it("has no certificates to reload where there are none", () => {
    const transport = createTcpTransport({ security: secretOf(SECRET) });
    const error = expect.objectContaining({ code: "BAD_ARGUMENTS" }) as Error;
    expect(() => transport.reload(credentialsOf("peer"))).toThrow(error);
  });
});
