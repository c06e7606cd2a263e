import type { TcpTransport } from "@coterie/transport-tcp";
import { tcp } from "../parts.ts";
import { readCredentials, type ReadFile, type TlsFiles } from "./config/serve-config.ts";
import { explainError } from "./explain-error.ts";

interface Shown {
  readonly files: TlsFiles;
  readonly transport: TcpTransport;
}

/** The transports of a peer that show certificates, and the files that these are read from. */
export class RenewableCertificates {
  private readonly readFile: ReadFile;
  private readonly shown: Shown[] = [];

  constructor(readFile: ReadFile) {
    this.readFile = readFile;
  }

  get count(): number {
    return this.shown.length;
  }

  /** @throws Error with a message for the operator, or CoterieError BAD_ARGUMENTS if the credentials cannot be used. */
  transportOf(files: TlsFiles): TcpTransport {
    const transport = tcp({ tls: readCredentials(files, this.readFile) });
    this.shown.push({ files, transport });
    return transport;
  }

  /**
   * Reads all files anew: handshakes from then on are made with what they hold, and connections that are open stay. Where files cannot
   * be used, what was shown before is shown on; gives why, for the operator.
   */
  renew(): string[] {
    return this.shown.flatMap(({ files, transport }) => {
      try {
        transport.reload(readCredentials(files, this.readFile));
        return [];
      } catch (error) {
        return [`${files.certificate} is not taken over: ${explainError(error)}`];
      }
    });
  }
}
