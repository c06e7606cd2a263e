// Servers that start on empty directories.
import { untilCalm } from "../load/machine.mjs";
import { Ensemble } from "../servers/ensemble.mjs";
import { timeFirstWrite } from "./first-write.mjs";

export const coldStart = {
  section: ({ members }) => `cold start of ${members}`,
  takes: (_measure, product) => product !== "floor",
  open: (product) => product,

  async run(product, { members }, { patienceSeconds }) {
    await untilCalm(patienceSeconds);
    const ensemble = await Ensemble.create(product, members);
    try {
      const run = await timeFirstWrite(ensemble, () => ensemble.launchAll());
      await ensemble.untilServing();
      return run;
    } finally {
      await ensemble.end();
    }
  },

  close: () => undefined,
};
