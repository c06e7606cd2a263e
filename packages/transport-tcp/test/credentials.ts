import { readFileSync } from "node:fs";
import type { TlsCredentials } from "../src/index.ts";

const read = (file: string): string => readFileSync(new URL(`certificates/${file}`, import.meta.url), "utf8");

/** What somebody shows who was given a certificate by `certificates/generate.sh`, and whom it believes. */
export function credentialsOf(holder: string, authority = "authority"): TlsCredentials {
  return { certificate: read(`${holder}.pem`), key: read(`${holder}.key`), authorities: read(`${authority}.pem`) };
}
