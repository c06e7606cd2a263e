import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../packages/coterie/dist/bundle/coterie.cjs", import.meta.url));

/** The command, as people run it. An exit code other than 0 is a result. @param {...string} args @returns {Promise<{ code: number, output: string }>} */
export function coterie(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], (error, out, errors) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: out + errors }),
    );
  });
}
