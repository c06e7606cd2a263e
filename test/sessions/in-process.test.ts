import { afterAll, beforeAll } from "vitest";
import { testSession } from "../../packages/session/test/suite/index.ts";
import { type CoterieEnsemble, startCoterieEnsemble } from "../foreign/coterie-ensemble.ts";

let ensemble: CoterieEnsemble;

beforeAll(async () => {
  ensemble = await startCoterieEnsemble({ timing: "dedicated", clients: null });
});

afterAll(() => ensemble.stop());

const leads = (isLeader: boolean): CoterieEnsemble["peers"][number] =>
  ensemble.peers.find(({ status }) => (status.role.state === "leading") === isLeader)!;

testSession("a session in the leader's process", {
  open: ({ chroot } = {}) => leads(true).openSession(chroot === undefined ? {} : { chroot }),
});

testSession("a session in a follower's process", {
  open: ({ chroot } = {}) => leads(false).openSession(chroot === undefined ? {} : { chroot }),
});
