import { afterAll, beforeAll } from "vitest";
import { testRecipes } from "../../packages/recipes/test/suite/index.ts";
import { type CoterieEnsemble, startCoterieEnsemble } from "../foreign/coterie-ensemble.ts";

let ensemble: CoterieEnsemble;
let opened = 0;

beforeAll(async () => {
  ensemble = await startCoterieEnsemble({ timing: "dedicated", clients: null });
});

afterAll(() => ensemble.stop());

testRecipes("recipes in the processes of three peers", {
  open: () => ensemble.peers[opened++ % 3]!.openSession(),
});
