import type { BackupHeader } from "@coterie/peer";
import { formatZxid } from "@coterie/interface";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { askForBackup } from "./admin/ask-for-backup.ts";
import { explainError } from "./explain-error.ts";
import type { Surroundings } from "./surroundings.ts";
import { refuseExisting, writeVerified } from "./write-verified.ts";

export const BACKUP_USAGE = `coterie backup: the whole state of a peer at work, at one zxid, in one file

  coterie backup --socket PATH --out FILE [--bytes-per-second N]

  --socket PATH            the admin socket of the peer: coterie serve --admin-socket PATH
  --out FILE               where it goes; nothing is written over
  --bytes-per-second N     no faster than that; at least 65536
`;

/** 0: the file is there, and whole. 1: it is not. 2: not understood. */
export async function backup(args: readonly string[], { write, writeError }: Surroundings): Promise<number> {
  let out: string;
  let pieces: AsyncGenerator<Uint8Array, void>;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        socket: { type: "string" },
        out: { type: "string" },
        "bytes-per-second": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) {
      write(BACKUP_USAGE);
      return 0;
    }
    if (values.socket === undefined) throw new Error("--socket is missing: which peer is to be backed up?");
    if (values.out === undefined) throw new Error("--out is missing: where does the backup go?");
    out = values.out;
    refuseExisting(out);
    pieces = askForBackup(resolve(values.socket), readRate(values["bytes-per-second"]));
  } catch (error) {
    writeError(`coterie backup: ${explainError(error)}\n(coterie backup --help says what there is)\n`);
    return 2;
  }
  try {
    const { header, sizeBytes } = await writeVerified(pieces, out);
    write(`${out}: ${sizeBytes} bytes, ${describeBackup(header)}\n`);
    return 0;
  } catch (error) {
    writeError(`coterie backup: ${explainError(error)}\n`);
    return 1;
  }
}

export function describeBackup({ clusterId, peerId, zxid, digest, madeAtMs }: BackupHeader): string {
  const when = new Date(madeAtMs).toISOString();
  return `the cluster ${clusterId} at ${formatZxid(zxid)}, digest ${digest}, by peer ${peerId} at ${when}`;
}

function readRate(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Error(`--bytes-per-second ${text} has to be an integer of at least 1`);
}
