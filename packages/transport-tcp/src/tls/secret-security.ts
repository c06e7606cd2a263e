import type { Socket } from "node:net";
import { connect, type TLSSocket, type TlsOptions } from "node:tls";
import type { Settle, StreamSecurity } from "../stream/stream-security.ts";
import { checkSecret, deriveKey } from "./ensemble-secret.ts";
import { handshakeError, identityRefused } from "./handshake-error.ts";
import { TlsDoorway } from "./tls-doorway.ts";
import { TlsHandshake } from "./tls-handshake.ts";

/** The name under which TLS looks for the key. It tells the world only what listens here. */
const IDENTITY = "coterie";

/**
 * TLS 1.3 alone. Its pre-shared keys always come with an ephemeral key exchange here (OpenSSL takes part in the mode
 * without one only if told so), so that a secret that leaks later opens nothing that was recorded. OpenSSL ties such keys
 * to SHA-256, hence the suite. Below 1.3 there are suites without that exchange, and none is let in.
 */
const TLS_1_3: TlsOptions = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3", ciphers: "TLS_AES_128_GCM_SHA256" };

/**
 * Both ends prove that they know one secret, and the connection is encrypted.
 *
 * @throws CoterieError BAD_ARGUMENTS as `checkSecret`.
 */
export function createSecretSecurity(secret: string | Uint8Array): StreamSecurity {
  return new SecretSecurity(checkSecret(secret));
}

class SecretSecurity implements StreamSecurity {
  readonly isProving = true;
  private readonly secret: Uint8Array;
  private readonly doorway: TlsDoorway;
  private key: Buffer | null = null;
  private deriving: Promise<void> | null = null;

  constructor(secret: Uint8Array) {
    this.secret = secret;
    this.doorway = new TlsDoorway({
      ...TLS_1_3,
      pskCallback: (_socket: TLSSocket, identity: string) => (identity === IDENTITY ? this.key : null),
    });
  }

  ready(): Promise<void> {
    this.deriving ??= deriveKey(this.secret).then((key) => {
      this.key = key;
    });
    return this.deriving;
  }

  answer(raw: Socket, settle: Settle): void {
    this.doorway.enter(raw, (outcome) => {
      if ("error" in outcome) return settle(handshakeError(outcome.error, "CONNECTION_CLOSED"));
      settleProven(new TlsHandshake(outcome.socket, "CONNECTION_CLOSED", settle));
    });
  }

  begin(raw: Socket, _host: string, settle: Settle): void {
    const { key } = this;
    const socket = connect({
      ...TLS_1_3,
      socket: raw,
      // An end without the secret might show a certificate instead. None is good here, which is seen below.
      ca: [],
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      pskCallback: () => (key === null ? null : { psk: key, identity: IDENTITY }),
    });
    const handshake = new TlsHandshake(socket, "UNREACHABLE", settle);
    socket.once("secureConnect", () => settleProven(handshake));
  }
}

/** TLS counts a connection by a shared key as a resumed one; by a certificate it is not, whoever has signed that. */
function settleProven(handshake: TlsHandshake): void {
  const { socket } = handshake;
  const isByKey = socket.isSessionReused() && socket.getPeerX509Certificate() === undefined;
  if (isByKey) handshake.settle({ socket, identity: { kind: "secret" }, head: null });
  else handshake.settle(identityRefused("it shows a certificate, and not that it knows the secret"));
}
