import { type LostQuorumReport, recoverLostQuorum, type SurvivingStore } from "@coterie/peer";
import { formatZxid, type Zxid } from "@coterie/interface";
import { copyStore, type StoreCopy } from "@coterie/storage-classic-level";
import { parseArgs } from "node:util";
import { classicLevel } from "../parts.ts";
import { checkClosed } from "./check-closed.ts";
import { explainError } from "./explain-error.ts";
import type { Surroundings } from "./surroundings.ts";
import { refuseExisting, writeNew, writeVerified } from "./write-verified.ts";

export const RECOVER_USAGE = `coterie recover-lost-quorum: makes a backup of what is left of an ensemble that has lost its quorum for good

  coterie recover-lost-quorum DIR... [--json]                  says what is left, what would be taken, and what is lost
  coterie recover-lost-quorum DIR... --out FILE --yes          writes FILE, for coterie restore, and FILE.report.json

  --accept-amnesia     take a store that may have forgotten what it promised, if no other is left
  --scratch DIR        where the stores are copied (default: the temporary directory)

  Name the directories of all peers that are left, stopped. They are only read. The peers that are lost must never come
  back as the old ensemble: a majority of them would go on as that. docs/operations.md says the rest.
`;

interface RecoverCommand {
  readonly directories: readonly string[];
  /** Null if none is named. */
  readonly out: string | null;
  /** That the lost peers never come back. */
  readonly isSure: boolean;
  readonly acceptsAmnesia: boolean;
  readonly isJson: boolean;
  readonly scratch: string | undefined;
}

/** 0: done, or could be. 1: it is refused, or failed. 2: not understood. */
export async function recover(args: readonly string[], { write, writeError }: Surroundings): Promise<number> {
  let command: RecoverCommand;
  try {
    if (args.includes("--help") || args.includes("-h")) {
      write(RECOVER_USAGE);
      return 0;
    }
    command = readRecoverCommand(args);
    for (const directory of command.directories) await checkClosed(directory);
  } catch (error) {
    writeError(
      `coterie recover-lost-quorum: ${explainError(error)}\n(coterie recover-lost-quorum --help says what there is)\n`,
    );
    return 2;
  }
  try {
    await run(command, write);
    if (command.out === null || command.isSure) return 0;
    writeError(`coterie recover-lost-quorum: Nothing was written to ${command.out}: --yes is missing\n`);
    return 1;
  } catch (error) {
    writeError(`coterie recover-lost-quorum: ${explainError(error)}\n`);
    return 1;
  }
}

async function run(command: RecoverCommand, write: Surroundings["write"]): Promise<void> {
  const { directories, out, isSure, acceptsAmnesia, isJson, scratch } = command;
  const copies: StoreCopy[] = [];
  try {
    const stores: SurvivingStore[] = [];
    for (const location of directories) {
      const copy = await copyStore({ location, ...(scratch === undefined ? {} : { scratch }) });
      copies.push(copy);
      stores.push({ name: location, storage: classicLevel(copy.location) });
    }
    const recovery = await recoverLostQuorum(stores, { acceptsAmnesia });
    try {
      write(isJson ? textOf(recovery.report) : describe(recovery.report));
      if (out === null && !isJson) write("Nothing was written: --out FILE --yes makes a backup of it.\n");
      if (out === null || !isSure) return;
      const { sizeBytes } = await writeVerified(recovery.backup(), out);
      if (!isJson) write(`${out}: ${sizeBytes} bytes. Restore every voter from it: coterie restore --help\n`);
      // A report of a backup that is not there would stand in the way of the next attempt.
      await writeNew(textOf(recovery.report), reportPath(out));
    } finally {
      await recovery.close();
    }
  } finally {
    for (const copy of copies) await copy.remove();
  }
}

function readRecoverCommand(args: readonly string[]): RecoverCommand {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      out: { type: "string" },
      yes: { type: "boolean" },
      json: { type: "boolean" },
      scratch: { type: "string" },
      "accept-amnesia": { type: "boolean" },
    },
    allowPositionals: true,
  });
  const isSure = values.yes === true;
  if (positionals.length === 0) throw new Error("no directory is named: where are the stores that are left?");
  if (isSure && values.out === undefined) throw new Error("--out is missing: where does the backup go?");
  if (isSure && values.out !== undefined) {
    refuseExisting(values.out);
    refuseExisting(reportPath(values.out));
  }
  return {
    directories: positionals,
    out: values.out ?? null,
    isSure,
    acceptsAmnesia: values["accept-amnesia"] === true,
    isJson: values.json === true,
    scratch: values.scratch,
  };
}

function reportPath(out: string): string {
  return `${out}.report.json`;
}

function textOf(report: LostQuorumReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

function describe(report: LostQuorumReport): string {
  const { clusterId, voters, missing, survivors, chosen, zxid, digest, znodeCount, sessionCount, doubts } = report;
  const zxidText = (number: number): string => formatZxid(number as Zxid);
  const lost = missing.length === 0 ? "a store of each is left" : `of ${missing.join(", ")} nothing is left`;
  const lines = [
    `cluster     ${clusterId}, voters ${voters.join(", ")}; ${lost}`,
    ...survivors.map(({ name, peerId, currentEpoch, lastZxid, committedZxid, flaw }) => {
      const what = `epoch ${currentEpoch}, log up to ${zxidText(lastZxid)}, committed ${zxidText(committedZxid)}`;
      return `store       ${name}: peer ${peerId}, ${what}${flaw === null ? "" : `; ${flaw}`}`;
    }),
    `taken       ${chosen}, up to ${zxidText(zxid)}: ${znodeCount} znodes, digest ${digest}; ${sessionCount} sessions are going to end`,
    ...doubts.map((doubt) => `doubt       ${doubt}`),
  ];
  return `${lines.join("\n")}\n`;
}
