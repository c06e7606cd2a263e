// What Node.js takes by itself (floor/main.mjs), which every row is compared with: how far the machine and the protocol let anybody go.
import { fileURLToPath } from "node:url";
import { leaderAmong, untilServing } from "./four-letter.mjs";

const MAIN = fileURLToPath(new URL("../floor/main.mjs", import.meta.url));

export const floor = {
  name: "floor",
  title: "bare Node.js",
  portsEach: 2,
  missing: () => null,
  /** The others would wait longer for their turns: Node.js is slower in the seconds after ten idle ones. */
  isAlone: true,
  launch: (directory, index, ports) => {
    const members = ports.length / 2;
    const own = ["--ports", ports.slice(0, members).join(), "--links", ports.slice(members).join()];
    return {
      command: process.execPath,
      args: [MAIN, "--index", String(index), ...own, "--directory", directory],
    };
  },
  untilServing: async (ports) => {
    for (const port of ports) await untilServing(port);
  },
  leader: leaderAmong,
};
