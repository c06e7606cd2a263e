import type { CheckpointReader, LogStorage } from "@coterie/interface";
import { check, checkEqual, checkRejects } from "../../runner/check.ts";
import { LOG_START, pagesOf, ZXID_FAR } from "../history.ts";
import {
  allPages,
  HARD_STATE,
  type LogStorageCase,
  type LogStorageGroup,
  type LogWorld,
  opened,
  pagesIn,
} from "../world.ts";

/** Every call that needs an open store. */
export function callsOf(store: LogStorage): readonly (readonly [string, () => Promise<unknown>])[] {
  return [
    ["write", () => store.write({ hardState: HARD_STATE })],
    ["read", () => store.read({ after: LOG_START.zxid, upTo: ZXID_FAR }, 1)],
    ["purge", () => store.purge(LOG_START.zxid)],
    ["addPages", () => store.addPages(pagesOf(1, 1))],
    ["dropPages", () => store.dropPages()],
    ["openCheckpoint", () => store.openCheckpoint()],
  ];
}

async function checkAllReject(store: LogStorage, code: string, state: string): Promise<void> {
  for (const [name, call] of callsOf(store)) await checkRejects(call, [code], `${name} on a store that ${state}`);
}

const CASES: readonly LogStorageCase[] = [
  {
    rule: "supports.durable: whether what was written survives the process",
    needs: [],
    run: async ({ store, isDurable }) => {
      checkEqual(store.supports.durable, isDurable, "supports.durable, as the fixture says it");
    },
  },
  {
    rule: "open creates nothing: a store is created by the first write",
    needs: [],
    run: async (world) => {
      checkEqual(await world.store.open(), { kind: "blank" }, "a place where nothing was written");
      checkEqual(await world.reopen(), { kind: "blank" }, "a place that was only opened");
    },
  },
  {
    rule: "a blank store holds no entry and no checkpoint",
    needs: [],
    run: async (world) => {
      await world.store.open();
      await world.checkLog(LOG_START, [], "the log of a blank store");
      checkEqual(await world.store.openCheckpoint(), null, "the checkpoint of a blank store");
    },
  },
  {
    rule: "STORE_CLOSED before open was called",
    needs: [],
    run: async ({ store }) => checkAllReject(store, "STORE_CLOSED", "was never opened"),
  },
  {
    rule: "STORE_CLOSED before open has resolved",
    needs: [],
    run: async ({ store }) => {
      const opening = store.open();
      const calls = callsOf(store).map(async ([name, call]) =>
        checkRejects(call, ["STORE_CLOSED"], `${name} on a store that is being opened`),
      );
      await Promise.all(calls);
      await opening;
    },
  },
  {
    rule: "STORE_CLOSED after close was called",
    needs: [],
    run: async (world) => {
      await world.begin(1);
      const closing = world.store.close();
      const calls = callsOf(world.store).map(async ([name, call]) =>
        checkRejects(call, ["STORE_CLOSED"], `${name} on a store that is being closed`),
      );
      await Promise.all(calls);
      await closing;
      await checkAllReject(world.store, "STORE_CLOSED", "is closed");
    },
  },
  {
    rule: "open may be called again after close, and finds what was written",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      await world.store.close();
      const found = opened(await world.store.open());
      checkEqual(found.hardState, HARD_STATE, "the hard state");
      await world.checkLog(LOG_START, entries, "the log of a store that was opened again");
      await world.writeEach(world.history.entries(1));
    },
  },
  {
    rule: "one open store at a time for one place: a second open of the same one",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      await checkRejects(() => world.store.open(), ["STORE_LOCKED", "ASSERTION"], "open on an open store");
      await world.checkLog(LOG_START, entries, "the log, after an open too many");
    },
  },
  {
    rule: "one open store at a time for one place: open of another one rejects with STORE_LOCKED",
    needs: ["durable"],
    run: async (world) => {
      const first = world.store;
      const entries = await world.begin(2);
      const second = world.sibling();
      await checkRejects(() => second.open(), ["STORE_LOCKED"], "open where another store is open");
      await checkAllReject(second, "STORE_CLOSED", "could not be opened");
      await first.write({ append: world.history.entries(1) });
      await first.close();
      const found = opened(await second.open());
      checkEqual(found.last, world.history.last, "the end of the log, once the place is free");
      check(entries.length === 2, "two entries came first");
    },
  },
  {
    rule: "close waits for what is under way",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(1);
      const added = world.history.entries(2);
      let isSettled = false;
      const writing = world.store.write({ append: added }).finally(() => (isSettled = true));
      await world.store.close();
      // A store may be wrapped: its promises may settle some turns of the microtask queue later.
      for (let turns = 0; turns < 20; turns++) await Promise.resolve();
      check(isSettled, "close resolves after the write that was under way");
      await writing;
      await world.reopened();
      await world.checkLog(LOG_START, [...entries, ...added], "the log after a close beside a write");
    },
  },
  {
    rule: "close waits for an open that is under way, and gives the place free",
    needs: [],
    run: async (world) => {
      await world.begin(1);
      await world.store.close();
      const [opening, closing] = [world.store.open(), world.store.close()];
      await Promise.allSettled([opening, closing]);
      await closing;
      await world.reopened();
    },
  },
  {
    rule: "close resolves on a store that is closed or was never opened; a second call resolves with the first",
    needs: [],
    run: async (world) => {
      await world.store.close();
      await world.begin(1);
      await Promise.all([world.store.close(), world.store.close()]);
      await world.store.close();
      await world.reopened();
    },
  },
  {
    rule: "close makes nothing durable that was not: the draft is gone",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(1);
      await world.store.addPages(pagesOf(2, 1));
      await world.reopened();
      await world.checkpoint("full", entries[0]!, pagesOf(1, 2));
      checkEqual(await pagesIn(world.store), pagesOf(1, 2), "the pages, none of them from before the close");
    },
  },
  {
    rule: "close closes open readers",
    needs: [],
    run: async (world) => {
      const reader = await openReader(world);
      await world.store.close();
      await checkRejects(() => allPages(reader), ["STORE_CLOSED"], "a reader whose store was closed");
      await reader.close();
      await world.reopened();
    },
  },
  {
    rule: "a reader stays closed when its store is opened again",
    needs: [],
    run: async (world) => {
      const reader = await openReader(world);
      await world.store.close();
      await world.store.open();
      await checkRejects(() => allPages(reader), ["STORE_CLOSED"], "a reader whose store was closed and opened again");
      await reader.close();
      checkEqual(await pagesIn(world.store), pagesOf(1, 1), "the pages of a reader that was opened since");
    },
  },
];

/** A reader of a checkpoint of one page. */
async function openReader(world: LogWorld): Promise<CheckpointReader> {
  const entries = await world.begin(1);
  await world.checkpoint("full", entries[0]!, pagesOf(1, 1));
  const reader = await world.store.openCheckpoint();
  check(reader !== null, "there is a checkpoint to read");
  return reader;
}

export const LIFECYCLE: LogStorageGroup = { name: "open and close", cases: CASES };
