import { main } from "./main.ts";
import { createProcessSurroundings } from "./surroundings.ts";

/** The command with this process's arguments and surroundings; gives its exit code. `started` is called when a peer begins to take part. */
export function runCommand(started: () => void): Promise<number> {
  return main(process.argv.slice(2), createProcessSurroundings(started));
}
