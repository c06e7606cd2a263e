import { readNamed } from "./read-named.ts";
import type { PeerSecurity, ReadFile } from "./serve-config.ts";

interface GivenSecret {
  readonly secret: string;
  /** Where it was given. */
  readonly source: string;
}

/**
 * The ensemble's secret from a file or from the environment, the file first. One that is given and empty is a mistake: links in
 * plain text were not asked for.
 *
 * @throws Error with a message for the operator, which holds nothing of the secret.
 */
export function readSecret(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
): GivenSecret | null {
  const given = path === undefined ? environment["COTERIE_SECRET"] : readNamed(path, "the secret", readFile);
  if (given === undefined) return null;
  const source = path === undefined ? "COTERIE_SECRET" : `the secret file ${path}`;
  const secret = given.trim();
  if (secret === "")
    throw new Error(`${source} is empty: put the ensemble's secret there, 16 bytes or more, or remove it`);
  return { secret, source };
}

/**
 * What the configuration file says of links, and a secret beside it, have to say the same.
 *
 * @throws Error with a message for the operator.
 */
export function chooseSecurity(configured: PeerSecurity | undefined, { secret, source }: GivenSecret): PeerSecurity {
  const isSame = configured === undefined || (configured.kind === "secret" && configured.secret === secret);
  if (isSame) return { kind: "secret", secret };
  const said = { none: "plain text", secret: "another secret", certificate: "certificates" }[configured.kind];
  throw new Error(
    `the configuration file gives links ${said}, and ${source} gives them a secret: remove one of the two`,
  );
}
