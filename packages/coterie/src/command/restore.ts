import { restoreBackup } from "@coterie/peer";
import { formatZxid, type Zxid } from "@coterie/interface";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { classicLevel } from "../parts.ts";
import { describeBackup } from "./backup.ts";
import { readServeCommand, SERVE_OPTIONS } from "./config/flags.ts";
import type { ServeConfig } from "./config/serve-config.ts";
import { explainError } from "./explain-error.ts";
import type { Surroundings } from "./surroundings.ts";

export const RESTORE_USAGE = `coterie restore: makes the store of one voter of a new ensemble of a backup

  coterie restore FILE --config coterie.json [--cluster-id ID] [--epoch-raise N]
  coterie restore FILE --id 1 --peer 1=h1:2888 --peer 2=h2:2888 --peer 3=h3:2888 --data-dir DIR [--cluster-id ID]

  --cluster-id ID      what the restore of the first voter has printed; for all others
  --epoch-raise N      how far above all epochs that the backup knows it begins (default 1024)

  All other flags are those of coterie serve: who this voter is, who the others are, where its store goes. The directory
  has to be empty. Restore every voter from the same file before one is started. Sessions end, and what was ephemeral goes.
`;

const OWN_OPTIONS = {
  "cluster-id": { type: "string" },
  "epoch-raise": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

interface RestoreCommand {
  readonly file: string;
  readonly location: string;
  readonly config: ServeConfig;
  readonly clusterId: string | undefined;
  readonly epochRaise: number | undefined;
}

/** 0: the store is there. 1: it is not. 2: not understood. */
export async function restore(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { write, writeError } = surroundings;
  let command: RestoreCommand;
  try {
    if (args.includes("--help") || args.includes("-h")) {
      write(RESTORE_USAGE);
      return 0;
    }
    command = readRestoreCommand(args, surroundings);
    await checkEmpty(command.location);
  } catch (error) {
    writeError(`coterie restore: ${explainError(error)}\n(coterie restore --help says what there is)\n`);
    return 2;
  }
  const { file, location, config, clusterId, epochRaise } = command;
  const { id, ensemble } = config;
  try {
    const restored = await restoreBackup(createReadStream(file), {
      storage: classicLevel(location),
      id,
      ensemble,
      ...(clusterId === undefined ? {} : { clusterId }),
      ...(epochRaise === undefined ? {} : { epochRaise }),
    });
    const others = Object.keys(ensemble).filter((peer) => Number(peer) !== id);
    const next =
      others.length === 0 || clusterId !== undefined
        ? ""
        : `Restore peers ${others.join(", ")} from the same file with\n  --cluster-id ${restored.clusterId}\n`;
    write(
      `${location} holds peer ${id} of the new cluster ${restored.clusterId}: ${restored.znodeCount} znodes at ` +
        `${formatZxid(restored.zxid as Zxid)}, digest ${restored.digest}; ${restored.sessionCount} sessions were ended.\n` +
        `It is ${describeBackup(restored.from)}.\n${next}`,
    );
    return 0;
  } catch (error) {
    writeError(`coterie restore: ${explainError(error)}\n`);
    return 1;
  }
}

function readRestoreCommand(
  args: readonly string[],
  { environment, readFile, writeError }: Surroundings,
): RestoreCommand {
  const options = { ...SERVE_OPTIONS, ...OWN_OPTIONS };
  const { values, positionals, tokens } = parseArgs({ args: [...args], options, allowPositionals: true, tokens: true });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Error("one backup has to be named");
  const serveArgs = tokens.flatMap((token) => {
    if (token.kind !== "option" || Object.hasOwn(OWN_OPTIONS, token.name)) return [];
    return token.value === undefined ? [token.rawName] : [`${token.rawName}=${token.value}`];
  });
  const { config, warnings } = readServeCommand(serveArgs, environment, readFile);
  for (const warning of warnings) writeError(`warning: ${warning}\n`);
  if (config.dataDir === null) throw new Error("a store in memory would be gone at once: give --data-dir");
  if (config.role === "observer") throw new Error("observers need no restore: start them with an empty directory");
  const raise = values["epoch-raise"];
  if (raise !== undefined && !/^[1-9]\d{0,6}$/.test(raise))
    throw new Error(`--epoch-raise ${raise} has to be an integer`);
  return {
    file,
    location: config.dataDir,
    config,
    clusterId: values["cluster-id"],
    epochRaise: raise === undefined ? undefined : Number(raise),
  };
}

/** A store in there would be refused as well; whatever else is there is somebody's. */
async function checkEmpty(location: string): Promise<void> {
  const names = await readdir(location).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (names.length > 0) throw new Error(`${location} is not empty: it holds ${names.slice(0, 3).join(", ")}`);
}
