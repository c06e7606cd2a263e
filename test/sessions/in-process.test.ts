import { afterAll, beforeAll } from "vitest";
import { testSession } from "../../packages/session/test/suite/index.ts";
import { startThreePeers, type ThreePeers } from "./three-peers.ts";

let ensemble: ThreePeers;

beforeAll(async () => {
  ensemble = await startThreePeers();
});

afterAll(() => ensemble.stop());

const leads = (isLeader: boolean): ThreePeers["peers"][number] =>
  ensemble.peers.find(({ status }) => (status.role.state === "leading") === isLeader)!;

testSession("a session in the leader's process", {
  open: ({ chroot } = {}) => leads(true).openSession(chroot === undefined ? {} : { chroot }),
});

testSession("a session in a follower's process", {
  open: ({ chroot } = {}) => leads(false).openSession(chroot === undefined ? {} : { chroot }),
});
