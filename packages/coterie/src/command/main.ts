import { backup, BACKUP_USAGE } from "./backup.ts";
import { doctor, DOCTOR_USAGE } from "./doctor.ts";
import { recover, RECOVER_USAGE } from "./recover-lost-quorum.ts";
import { restore, RESTORE_USAGE } from "./restore.ts";
import { SERVE_USAGE } from "./config/flags.ts";
import { serve } from "./serve.ts";
import type { Surroundings } from "./surroundings.ts";

/** The command `coterie`. Gives the exit code: 0 for done, 1 for failed, 2 for not understood. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "serve":
      return serve(rest, surroundings);
    case "doctor":
      return doctor(rest, surroundings);
    case "backup":
      return backup(rest, surroundings);
    case "restore":
      return restore(rest, surroundings);
    case "recover-lost-quorum":
      return recover(rest, surroundings);
    case undefined:
    case "help":
    case "--help":
    case "-h":
      surroundings.write([SERVE_USAGE, DOCTOR_USAGE, BACKUP_USAGE, RESTORE_USAGE, RECOVER_USAGE].join("\n"));
      return 0;
    default:
      surroundings.writeError(
        `coterie: there is no command ${command}; there are serve, doctor, backup, restore and recover-lost-quorum\n`,
      );
      return 2;
  }
}
