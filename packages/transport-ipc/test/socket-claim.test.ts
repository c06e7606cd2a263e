import { once } from "node:events";
import { linkSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import type * as Net from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSocketTransport } from "../src/index.ts";

/** What happens when a probe has called and nobody has answered yet. */
const probe = vi.hoisted(() => ({ called: (): void => undefined }));
vi.mock("node:net", async (importOriginal) => {
  const net = await importOriginal<typeof Net>();
  const connect = (options: { path: string }): Socket => {
    const socket = net.connect(options);
    probe.called();
    return socket;
  };
  return { ...net, connect };
});

const HANDLER = {
  accept: () => ({
    opened: () => undefined,
    received: () => undefined,
    drained: () => undefined,
    closed: () => undefined,
  }),
  refused: () => undefined,
};
const OPTIONS = { frameSizeMaxBytes: 1000, sendQueueTargetBytes: 1000 };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform === "win32")("a unix socket whose listener stops while it is being looked at", () => {
  it("is in use, and free at the next attempt", async () => {
    const path = join(folder, "peer");
    // Only the name that it was made with is taken away when a server closes, so this one is linked beside it.
    const server: Server = createServer().listen(join(folder, "made"));
    await once(server, "listening");
    linkSync(join(folder, "made"), path);
    probe.called = () => void server.close();
    const transport = createSocketTransport();
    await expect(transport.listen(path, HANDLER, OPTIONS)).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
    probe.called = () => undefined;
    const listener = await transport.listen(path, HANDLER, OPTIONS);
    expect(readdirSync(folder)).toEqual(["peer"]);
    await listener.close();
  });

  it("may be removed by hand just before it is replaced", async () => {
    const path = join(folder, "peer");
    const server: Server = createServer().listen(join(folder, "made"));
    await once(server, "listening");
    linkSync(join(folder, "made"), path);
    server.close();
    await once(server, "close");
    let probes = 0;
    // At the beginning, before the lock, and with it.
    probe.called = () => {
      if (++probes === 3) rmSync(path);
    };
    const listener = await createSocketTransport().listen(path, HANDLER, OPTIONS);
    expect([probes, readdirSync(folder)]).toEqual([3, ["peer"]]);
    await listener.close();
  });
});
