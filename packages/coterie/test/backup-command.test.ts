import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platform } from "node:process";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../src/command/main.ts";
import { refuseExisting, writeVerified } from "../src/command/write-verified.ts";
import { classicLevel, connect, createPeer, memory, restoreBackup } from "../src/index.ts";
import { ADDRESS, run, TestProcess } from "./support/test-process.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-backup-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ENSEMBLE = { 1: "127.0.0.1:1", 2: "127.0.0.1:2", 3: "127.0.0.1:3" };
const PEERS = Object.entries(ENSEMBLE).flatMap(([id, address]) => ["--peer", `${id}=${address}`]);

function socketPath(): string {
  return platform === "win32" ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, "-")}` : join(folder, "admin");
}

/** The stores of three peers on disk, as an ensemble of them has left them. */
async function lostEnsemble(): Promise<(id: number) => string> {
  const locationOf = (id: number): string => join(folder, `old-${id}`);
  const peer = createPeer({ id: 1, ensemble: { 1: "127.0.0.1:1" }, storage: memory() });
  await peer.start();
  await (await peer.openSession()).create("/kept", "here");
  const pieces: Uint8Array[] = [];
  for await (const piece of peer.backup()) pieces.push(piece);
  await peer.stop();
  let clusterId: string | undefined;
  for (const id of [1, 2, 3]) {
    const given = clusterId === undefined ? {} : { clusterId };
    const storage = classicLevel(locationOf(id));
    ({ clusterId } = await restoreBackup(Readable.from(pieces), { id, ensemble: ENSEMBLE, storage, ...given }));
  }
  return locationOf;
}

describe("coterie backup", () => {
  it("asks a peer that serves, and coterie restore makes another one of the file", async () => {
    const process = new TestProcess();
    const socket = socketPath();
    const ended = main(
      ["serve", "--data-dir", join(folder, "old"), "--client-port", "0", "--admin-socket", socket],
      process,
    );
    const session = await connect(await process.written(ADDRESS));
    await session.create("/kept", "here");
    await session.create("/lock", "", { mode: "ephemeral" });
    const file = join(folder, "file");
    const [code, out, errors] = await run("backup", "--socket", socket, "--out", file);
    expect([code, errors]).toEqual([0, ""]);
    expect(out).toMatch(/file: \d+ bytes, the cluster [0-9a-f]{32} at 0x1\w+, digest \w+, by peer 1 at 2/);
    const again = await run("backup", "--socket", socket, "--out", file);
    expect(again).toEqual([2, "", expect.stringMatching(/is there already/)]);
    const slow = await run(
      "backup",
      "--socket",
      socket,
      "--out",
      join(folder, "slow"),
      "--bytes-per-second",
      "1000000",
    );
    expect(slow[0]).toBe(0);
    await session.close();
    process.signal();
    expect(await ended).toBe(0);
    expect(readdirSync(folder).toSorted()).toEqual(["file", "old", "slow"]);
    const gone = await run("backup", "--socket", socket, "--out", join(folder, "late"));
    expect(gone).toEqual([1, "", expect.stringMatching(/UNREACHABLE|ADDRESS_UNUSABLE/)]);
    expect(existsSync(join(folder, "late"))).toBe(false);

    const location = join(folder, "new");
    const restored = await run("restore", file, "--data-dir", location);
    expect(restored).toEqual([
      0,
      expect.stringMatching(/holds peer 1 of the new cluster .*1 sessions were ended/s),
      "",
    ]);
    const twice = await run("restore", file, "--data-dir", location);
    expect(twice).toEqual([2, "", expect.stringMatching(/new is not empty/)]);
    const second = new TestProcess();
    const secondEnded = main(["serve", "--data-dir", location, "--client-port", "0"], second);
    const client = await connect(await second.written(ADDRESS));
    expect((await client.get("/kept")).text()).toBe("here");
    expect(await client.exists("/lock")).toBeNull();
    await client.close();
    second.signal();
    expect(await secondEnded).toBe(0);
  });

  it("says that a peer is blank, and what else it is told", async () => {
    const process = new TestProcess();
    const socket = socketPath();
    const serving = ["serve", "--data-dir", folder, "--id", "1", ...PEERS, "--client-port", "0"];
    // Nobody else is there, and its own address cannot be listened at by everyone.
    const ended = main([...serving, "--listen", "127.0.0.1:0", "--admin-socket", socket], process);
    await process.written(/(coterie backup may ask)/);
    const refused = await run("backup", "--socket", socket, "--out", join(folder, "file"));
    expect(refused).toEqual([1, "", expect.stringMatching(/NO_QUORUM.*no cluster yet/)]);
    process.signal();
    expect(await ended).toBe(0);
  });
});

describe("coterie recover-lost-quorum", () => {
  it("says what is left, and makes a backup and a report of it when it is told to", async () => {
    const locationOf = await lostEnsemble();
    const before = readdirSync(join(locationOf(2), "db")).toSorted();
    const dry = await run("recover-lost-quorum", locationOf(2), "--scratch", folder);
    expect(dry).toEqual([0, expect.stringMatching(/of 1, 3 nothing is left.*old-2: peer 2.*Nothing was written/s), ""]);
    const file = join(folder, "file");
    const done = await run("recover-lost-quorum", locationOf(2), "--out", file, "--yes", "--scratch", folder);
    expect(done).toEqual([0, expect.stringMatching(/Restore every voter/), ""]);
    expect(readdirSync(join(locationOf(2), "db")).toSorted()).toEqual(before);
    const report: unknown = JSON.parse(readFileSync(`${file}.report.json`, "utf8"));
    expect(report).toMatchObject({ voters: [1, 2, 3], missing: [1, 3], chosen: locationOf(2) });
    const [code, out] = await run("restore", file, "--id", "1", ...PEERS, "--data-dir", join(folder, "new-1"));
    const [, clusterId = ""] = /--cluster-id (\S+)/.exec(out) ?? [];
    expect([code, clusterId]).toEqual([0, expect.stringMatching(/^\w{32}-\w{8}$/)]);
    const next = ["--id", "2", ...PEERS, "--data-dir", join(folder, "new-2"), "--cluster-id", clusterId];
    expect(await run("restore", file, ...next)).toEqual([0, expect.stringContaining(clusterId), ""]);
    expect((await run("doctor", join(folder, "new-2"), "--scratch", folder))[1]).toMatch(/peer 2.*Nothing is wrong/s);
    expect(readdirSync(folder).toSorted()).toEqual([
      "file",
      "file.report.json",
      "new-1",
      "new-2",
      "old-1",
      "old-2",
      "old-3",
    ]);
  });

  it("leaves no report where no backup could be written, and says that a file was named for nothing", async () => {
    const locationOf = await lostEnsemble();
    const before = readdirSync(folder).toSorted();
    const file = join(folder, "file");
    const args = ["recover-lost-quorum", locationOf(2), "--out", file, "--scratch", folder];
    const [code, out, errors] = await run(...args, "--json");
    expect([code, errors]).toEqual([1, expect.stringMatching(/Nothing was written.*--yes/)]);
    expect(JSON.parse(out)).toMatchObject({ chosen: locationOf(2) });
    mkdirSync(`${file}.part`);
    expect(await run(...args, "--yes")).toEqual([1, expect.any(String), expect.stringMatching(/file\.part is there/)]);
    rmSync(`${file}.part`, { recursive: true });
    expect(readdirSync(folder).toSorted()).toEqual(before);
    expect((await run(...args, "--yes", "--json"))[0]).toBe(0);
    expect(readdirSync(folder).toSorted()).toEqual(["file", "file.report.json", ...before]);
  });

  it("refuses what is a quorum, and leaves nothing behind", async () => {
    const locationOf = await lostEnsemble();
    const out = ["--out", join(folder, "file"), "--yes"];
    const refused = await run("recover-lost-quorum", locationOf(1), locationOf(3), ...out, "--scratch", folder);
    expect(refused).toEqual([1, "", expect.stringMatching(/1, 3 are a quorum/)]);
    expect(readdirSync(folder).toSorted()).toEqual(["old-1", "old-2", "old-3"]);
  });
});

describe("a backup that is written", () => {
  /** A backup of one peer, whole. */
  async function backupBytes(): Promise<Uint8Array[]> {
    const peer = createPeer({ id: 1, ensemble: { 1: "127.0.0.1:1" }, storage: memory() });
    await peer.start();
    await peer.ready();
    const pieces: Uint8Array[] = [];
    for await (const piece of peer.backup()) pieces.push(piece);
    await peer.stop();
    return pieces;
  }

  it("goes over nothing that is there, under neither name, nor to where a link leads", async () => {
    const pieces = await backupBytes();
    const file = join(folder, "file");
    writeFileSync(`${file}.part`, "of another");
    await expect(writeVerified(Readable.from(pieces), file)).rejects.toThrow(/file\.part is there already.*remove it/);
    expect(readFileSync(`${file}.part`, "utf8")).toBe("of another");
    rmSync(`${file}.part`);
    // Somebody else is there first, after all was looked at.
    const late = async function* (): AsyncGenerator<Uint8Array, void> {
      yield* pieces;
      writeFileSync(file, "first");
    };
    await expect(writeVerified(late(), file)).rejects.toThrow(/file is there already/);
    expect(readFileSync(file, "utf8")).toBe("first");
    expect(readdirSync(folder)).toEqual(["file"]);
    rmSync(file);
    expect((await writeVerified(Readable.from(pieces), file)).sizeBytes).toBe(statSync(file).size);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it.skipIf(platform === "win32")("follows no link that was laid, and is its owner's alone", async () => {
    const pieces = await backupBytes();
    const file = join(folder, "file");
    symlinkSync(join(folder, "stolen"), `${file}.part`);
    await expect(writeVerified(Readable.from(pieces), file)).rejects.toThrow(/file\.part is there already/);
    rmSync(`${file}.part`);
    symlinkSync(join(folder, "stolen"), file);
    await expect(writeVerified(Readable.from(pieces), file)).rejects.toThrow(/file is there already/);
    expect(() => refuseExisting(file)).toThrow(/is there already/);
    expect(readdirSync(folder)).toEqual(["file"]);
    rmSync(file);
    await writeVerified(Readable.from(pieces), file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe("the commands of backups", () => {
  it.each([
    [["backup"], 2, /--socket is missing/],
    [["backup", "--socket", "a"], 2, /--out is missing/],
    [["backup", "--socket", "a", "--out", "/nowhere/b", "--bytes-per-second", "0"], 2, /at least 1/],
    [["restore"], 2, /one backup has to be named/],
    [["restore", "a"], 2, /--data-dir is missing/],
    [["restore", "a", "--memory"], 2, /in memory/],
    [["restore", "a", "--data-dir", "/nowhere/b", "--epoch-raise", "x"], 2, /--epoch-raise x/],
    [["restore", "/nowhere/a", "--data-dir", "/nowhere/b"], 1, /ENOENT/],
    [["recover-lost-quorum"], 2, /no directory is named/],
    [["recover-lost-quorum", "/nowhere/a"], 2, /there is no directory/],
    [["recover-lost-quorum", tmpdir(), "--yes"], 2, /--out is missing/],
  ])("say what is wrong with %j", async (args, code, message) => {
    expect(await run(...args)).toEqual([code, "", expect.stringMatching(message)]);
  });

  it.each([["backup"], ["restore"], ["recover-lost-quorum"]])("%s explains itself", async (command) => {
    expect(await run(command, "--help")).toEqual([0, expect.stringMatching(`^coterie ${command}: `), ""]);
  });

  it("a file that is no backup is refused, and no store is made", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "something else");
    const location = join(folder, "new");
    expect(await run("restore", file, "--data-dir", location)).toEqual([
      1,
      "",
      expect.stringMatching(/CHECKPOINT_CORRUPT/),
    ]);
    expect(existsSync(location)).toBe(false);
  });
});
