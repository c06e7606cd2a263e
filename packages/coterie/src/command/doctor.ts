import { type ClassicLevelRepair, doctor as examine, repair, type StoreReport } from "@coterie/storage-classic-level";
import { formatZxid } from "@coterie/interface";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkClosed } from "./check-closed.ts";
import { explainError } from "./explain-error.ts";
import type { Surroundings } from "./surroundings.ts";

export const DOCTOR_USAGE = `coterie doctor: says what a store on disk holds and what is wrong with it, and changes nothing

  coterie doctor DIR [--json] [--scratch DIR]       --scratch: where its copy is made (default: the temporary directory)
  coterie doctor DIR --repair mark-amnesiac|cut-faults|rebuild-database|set-database-aside

  Stop the peer first. A repair makes the peer doubt what it has promised, so that it is believed again only when the
  others say so. docs/storage.md says what each one does.
`;

/** 0: nothing is wrong. 1: something is. 2: it could not be looked at, or there is no store. */
export async function doctor(args: readonly string[], { write, writeError }: Surroundings): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        repair: { type: "string" },
        json: { type: "boolean" },
        scratch: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
    if (values.help === true) {
      write(DOCTOR_USAGE);
      return 0;
    }
    const [location, ...more] = positionals;
    if (location === undefined || more.length > 0) throw new Error("one directory has to be named");
    await checkClosed(location);
    // `repair` refuses a name that is none, before it touches anything.
    if (values.repair !== undefined) await repair({ location }, values.repair as ClassicLevelRepair);
    const report = await examine({ location, ...(values.scratch === undefined ? {} : { scratch: values.scratch }) });
    write(values.json === true ? `${JSON.stringify(report, replaceErrors, 2)}\n` : describe(location, report));
    if (report.kind === "blank") return 2;
    return isSound(report) ? 0 : 1;
  } catch (error) {
    writeError(`coterie doctor: ${explainError(error)}\n(coterie doctor --help says what there is)\n`);
    return 2;
  }
}

function isSound(report: StoreReport): boolean {
  if (report.kind !== "standing") return false;
  const { amnesia, losses, hasDamagedBlocks, damagedPages } = report;
  return amnesia.length + losses.length + damagedPages.length === 0 && !hasDamagedBlocks;
}

function describe(location: string, report: StoreReport): string {
  if (report.kind === "blank") return `${location} holds no store.${elsewhere(location)}\n`;
  if (report.kind === "refused") {
    return `A peer would not open ${location}: ${report.error.code}, ${report.error.message}\n`;
  }
  const { found, amnesia, losses, hasDamagedBlocks, damagedPages, recordCount, logSizeBytes } = report;
  const { hardState, base, last, committed, checkpoint, faults } = found;
  const lines = [
    `${location} holds the store of peer ${hardState.peerId} of the cluster ${hardState.clusterId}.`,
    `epochs      accepted ${hardState.acceptedEpoch}, current ${hardState.currentEpoch}`,
    `log         behind ${formatZxid(base.zxid)} up to ${formatZxid(last.zxid)}, committed ${formatZxid(committed)}; ` +
      `${recordCount} records, ${logSizeBytes} bytes`,
    checkpoint === null
      ? "checkpoint  none"
      : `checkpoint  at ${formatZxid(checkpoint.zxid)}, ${checkpoint.pageCount} pages, digest ${checkpoint.digest}`,
    ...faults.map(({ after, upTo }) => `fault       behind ${formatZxid(after.zxid)} up to ${formatZxid(upTo.zxid)}`),
    ...(damagedPages.length > 0 ? [`pages       ${damagedPages.length} of the checkpoint are damaged`] : []),
    ...(hasDamagedBlocks ? ["blocks      some cannot be read: rebuild-database, before LevelDB asks for it"] : []),
    ...amnesia.map((reason) => `amnesia     ${reason}`),
    ...losses.map((loss) => `loss        ${loss}`),
    isSound(report) ? "Nothing is wrong with it." : "coterie doctor --help says what can be done.",
  ];
  return `${lines.join("\n")}\n`;
}

function replaceErrors(_: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, code: (value as { code?: string }).code };
  return typeof value === "bigint" ? value.toString() : value;
}

/** A server with a zoo.cfg keeps its store below its dataDir. */
function elsewhere(location: string): string {
  const below = join(location, "coterie");
  return existsSync(join(below, "db")) ? ` ${below} does: name that.` : "";
}
