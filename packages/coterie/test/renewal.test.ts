import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { credentialsOf } from "../../transport-tcp/test/credentials.ts";
import { main } from "../src/command/main.ts";
import { connect, createPeer, memory, tcp } from "../src/index.ts";
import { ADDRESS, TestProcess } from "./support/test-process.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-renewal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const of = (file: string): string =>
  fileURLToPath(new URL(`../../transport-tcp/test/certificates/${file}`, import.meta.url));

/** Puts somebody's certificate where the peer looks for its own. */
function install(holder: string): void {
  for (const ending of ["pem", "key"]) copyFileSync(of(`${holder}.${ending}`), join(folder, `own.${ending}`));
}

/** The common name of the certificate that is shown at this address. */
async function shownAt(address: string): Promise<unknown> {
  const { certificate: cert, key, authorities: ca } = credentialsOf("elsewhere");
  const socket = connectTls({ port: Number(address.split(":").at(-1)), host: "127.0.0.1", cert, key, ca });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

it("coterie serve shows renewed certificates from SIGHUP on, and drops no connection; bad ones are not taken over", async () => {
  install("peer");
  const tls = { certificate: join(folder, "own.pem"), key: join(folder, "own.key"), authorities: of("authority.pem") };
  const config = join(folder, "c.json");
  writeFileSync(config, JSON.stringify({ clientPorts: [{ port: 0, tls }] }));
  const process = new TestProcess();
  const ended = main(["serve", "--config", config, "--memory"], process);
  const address = await process.written(ADDRESS);
  expect(await shownAt(address)).toBe("peer");
  const session = await connect(address, { tls: credentialsOf("elsewhere") });
  const states: string[] = [];
  session.on("state", (state) => states.push(state));
  install("peer-renewed");
  expect(await shownAt(address)).toBe("peer");
  process.hangUp!();
  expect(await shownAt(address)).toBe("peer renewed");
  writeFileSync(join(folder, "own.pem"), "no certificate");
  process.hangUp!();
  expect(process.errors).toMatch(/own\.pem is not taken over: /);
  expect(await shownAt(address)).toBe("peer renewed");
  await session.create("/still", "here");
  expect(states).toEqual([]);
  await session.close();
  process.signal();
  expect(await ended).toBe(0);
  expect(process.hangUp).toBeNull();
});

it("without certificates SIGHUP is left to what it does elsewhere", async () => {
  const process = new TestProcess();
  const ended = main(["serve", "--memory", "--client-port", "0"], process);
  await process.written(ADDRESS);
  expect(process.hangUp).toBeNull();
  process.signal();
  expect(await ended).toBe(0);
});

it("a port is given a transport or certificates, and no other transport than one over TCP", () => {
  const transport = tcp({ tls: credentialsOf("peer") });
  const create = (zookeeper: object): unknown =>
    createPeer({ id: 1, ensemble: { 1: "127.0.0.1:1" }, storage: memory(), zookeeper: { port: 0, ...zookeeper } });
  expect(() => create({ transport })).not.toThrow();
  for (const wrong of [{ transport, tls: credentialsOf("peer") }, { transport: {} }, { transport: null }]) {
    expect(() => create(wrong)).toThrow(/zookeeper\.transport has to be one of tcp\(\)/);
  }
});
