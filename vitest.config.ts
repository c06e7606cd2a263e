import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const packages = fileURLToPath(new URL("packages/", import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run on the sources, so that a failing line is the line in the editor.
    alias: readdirSync(packages).map((name) => ({
      find: new RegExp(`^@coterie/${name}$`),
      replacement: `${packages}${name}/src/index.ts`,
    })),
  },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
  },
});
