import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";
import { MUTANTS } from "./mutants.mjs";
import { plant } from "./plant.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const mutant = MUTANTS.find(({ name }) => name === process.env["COTERIE_MUTANT"]);
if (mutant === undefined) throw new Error("COTERIE_MUTANT names a mutant");

// The sources with the bug in one of them.
export default mergeConfig(
  base,
  defineConfig({
    root,
    plugins: [
      {
        name: "coterie-mutant",
        enforce: "pre",
        load: (id) => (id === root + mutant.file ? plant(mutant, readFileSync(id, "utf8")) : undefined),
      },
    ],
  }),
);
