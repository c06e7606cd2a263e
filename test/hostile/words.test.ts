import { FOUR_LETTER_WORDS } from "../../packages/peer/src/zookeeper-port/words/answer-word.ts";
import { WORD_ANSWER_LENGTH_MAX } from "../../packages/peer/src/zookeeper-port/words/bounded-text.ts";
import { describe, expect, it } from "vitest";
import { hostPeers } from "./support/host-peers.ts";
import { create } from "./support/raw-client.ts";

// Goal: four-letter words tell nobody anything unless they are switched on, and then no more than a bounded text.

const start = hostPeers();

describe("four-letter words", () => {
  it("are off but for srvr and ruok, those too that change something", async () => {
    const hosted = await start();
    const client = await hosted.connect();
    // More than all the words, which are counted, too.
    for (let index = 0; index < 100; index++) await client.ask(create(`/${index}`));
    const receivedBefore = hosted.peer.metrics()["packets_received"]!;
    for (const word of FOUR_LETTER_WORDS) {
      const isOn = ["srvr", "ruok"].includes(word);
      const answer = await hosted.ask(word);
      expect(answer.includes("not in the whitelist")).toBe(!isOn);
    }
    expect(receivedBefore).toBeGreaterThan(100);
    // srst has reset nothing.
    expect(hosted.peer.metrics()["packets_received"]!).toBeGreaterThanOrEqual(receivedBefore);
  });

  it("that nobody knows are lengths, and too large", async () => {
    const hosted = await start({}, { fourLetterWords: ["*"] });
    for (const word of ["quit", "kill", "gtmk", "RUOK", "\u0001uok"]) expect(await hosted.ask(word)).toBe("");
    expect(await hosted.ask("ruok")).toBe("imok");
  });

  it("tell of a watch on one line, whatever was watched", async () => {
    const hosted = await start({}, { fourLetterWords: ["*"] });
    const client = await hosted.connect();
    const path = "/a\n0x1\n\t/forged\u001b[2J\u2028";
    await client.ask({ kind: "addWatch", path, mode: 0 });
    const shown = "/a\\u000a0x1\\u000a\\u0009/forged\\u001b[2J\\u2028";
    const id = `0x${client.sessionId.toString(16)}`;
    expect(await hosted.ask("wchp")).toBe(`${shown}\n\t${id}\n\n`);
    expect(await hosted.ask("wchc")).toBe(`${id}\n\t${shown}\n\n`);
  });

  it.each(["wchp", "wchc", "dump"])("%s is cut off at its limit, and says so", async (word) => {
    const hosted = await start({}, { fourLetterWords: ["*"] });
    const client = await hosted.connect();
    const pathSize = 100_000;
    for (let size = 0; size <= WORD_ANSWER_LENGTH_MAX; size += pathSize) {
      const path = `/${size}-`.padEnd(pathSize, "x");
      if (word === "dump") await client.ask(create(path, null, 1));
      else await client.ask({ kind: "addWatch", path, mode: 1 });
    }
    const answer = await hosted.ask(word);
    expect(answer).toContain(`\n... cut off at ${WORD_ANSWER_LENGTH_MAX} characters\n`);
    expect(answer.length).toBeLessThan(WORD_ANSWER_LENGTH_MAX + 1_000);
  });
});

describe("without rights", () => {
  it("nobody changes the ensemble, its configuration or the ACL of it", async () => {
    const hosted = await start();
    const client = await hosted.connect();
    const { znodeCount } = hosted.peer.status;
    const config = "/zookeeper/config";
    const reconfig = {
      kind: "reconfig",
      joiningServers: null,
      leavingServers: "1",
      newMembers: null,
      curConfigId: -1,
    } as const;
    expect((await client.ask(reconfig)).err).not.toBe(0);
    expect((await client.ask({ kind: "setData", path: config, data: null, version: -1 })).err).toBe(-102);
    expect((await client.ask({ kind: "setACL", path: config, acl: [], version: -1 })).err).not.toBe(0);
    expect((await client.ask(create(`${config}/x`))).err).toBe(-102);
    expect(hosted.peer.status.znodeCount).toBe(znodeCount);
  });
});
