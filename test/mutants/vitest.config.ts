import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";
import { MUTANTS } from "./mutants.mjs";
import { plant } from "./plant.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const name = process.env["COTERIE_MUTANT"] ?? "";
const mutant = MUTANTS.find((each) => each.name === name);
if (mutant === undefined && name !== "") throw new Error(`there is no mutant ${name}`);

// The sources with the bug in one of them; without a name they are intact.
export default mergeConfig(
  base,
  defineConfig({
    root,
    plugins: [
      {
        name: "coterie-mutant",
        enforce: "pre",
        load: (id) =>
          mutant !== undefined && id === root + mutant.file ? plant(mutant, readFileSync(id, "utf8")) : undefined,
      },
    ],
  }),
);
