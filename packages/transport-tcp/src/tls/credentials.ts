import { CoterieError } from "@coterie/interface";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";

/** What an end shows and whom it believes, as PEM text. */
export interface TlsCredentials {
  /** This end's certificate, followed by those between it and the authority, if any. */
  readonly certificate: string;
  /** The key of the certificate, not encrypted. */
  readonly key: string;
  /** The authorities of which one has to have signed the other end's certificate; those of the system do not count. */
  readonly authorities: string;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Credentials in Node.js's form.
 *
 * @throws CoterieError BAD_ARGUMENTS if one of them cannot be read, or the key is not the certificate's. The message holds
 * nothing of the key.
 */
export function readCredentials(credentials: TlsCredentials): SecureContextOptions {
  // They may come from where types are not checked.
  const { certificate, key, authorities } = credentials ?? {};
  const own = check("certificate", () => new X509Certificate(certificate));
  const isOwnKey = check("key", () => own.checkPrivateKey(createPrivateKey(key)));
  if (!isOwnKey) throw bad("key is not that of the certificate");
  const ca = check("authorities", () => authorities.match(PEM_CERTIFICATE) ?? []);
  if (ca.length === 0) throw bad("authorities hold no certificate");
  for (const authority of ca) check("authorities", () => new X509Certificate(authority));
  const options = { cert: certificate, key, ca };
  check("certificate", () => createSecureContext(options));
  return options;
}

function check<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw bad(`${what} cannot be read (${(error as NodeJS.ErrnoException).code ?? "it is no PEM text"})`);
  }
}

function bad(what: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", `These TLS credentials cannot be used: the ${what}.`);
}
