import { afterAll, beforeAll } from "vitest";
import { testRecipes } from "../../packages/recipes/test/suite/index.ts";
import { startThreePeers, type ThreePeers } from "../sessions/three-peers.ts";

let ensemble: ThreePeers;
let opened = 0;

beforeAll(async () => {
  ensemble = await startThreePeers();
});

afterAll(() => ensemble.stop());

testRecipes("recipes in the processes of three peers", {
  open: () => ensemble.peers[opened++ % 3]!.openSession(),
});
