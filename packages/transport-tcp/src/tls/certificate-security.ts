import { constants, type X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, type TLSSocket, type TlsOptions } from "node:tls";
import { readHead } from "../stream/read-head.ts";
import type { Settle, StreamSecurity } from "../stream/stream-security.ts";
import { identityOf, isFor } from "./certificate-identity.ts";
import { readCredentials, type TlsCredentials } from "./credentials.ts";
import { handshakeError, identityRefused } from "./handshake-error.ts";
import { TlsDoorway } from "./tls-doorway.ts";
import { TlsHandshake } from "./tls-handshake.ts";

/**
 * Two ends of ours tell each other with one byte each, after the handshake, whether they believe what they saw: TLS itself
 * lets an end go on before the other one has looked at its certificate. That they are both of ours they see by this
 * protocol name; others, ZooKeeper's clients and servers say, do not know it and are spared the byte.
 */
const PROTOCOL = "coterie/1";
const NO_CERTIFICATE = "it has shown no certificate";
const BELIEVED = 1;
const REFUSED = 0;

/** ZooKeeper's clients may be old, but keys that are not ephemeral are not taken. Nothing is ever resumed. */
const TLS_COMMON: TlsOptions = {
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE+AESGCM",
    "ECDHE+CHACHA20",
  ].join(":"),
  secureOptions: constants.SSL_OP_NO_TICKET,
  ALPNProtocols: [PROTOCOL],
};

export interface CertificateSecurity extends StreamSecurity {
  /**
   * From here on handshakes are made with these credentials. Connections that are open stay.
   *
   * @throws CoterieError BAD_ARGUMENTS if they cannot be used; those from before stay in use.
   */
  reload(credentials: TlsCredentials): void;
}

/**
 * Both ends show a certificate that an authority of ours has signed; the one that was dialled one for the name that was
 * dialled.
 *
 * @throws CoterieError BAD_ARGUMENTS if the credentials cannot be used.
 */
export function createCertificateSecurity(credentials: TlsCredentials): CertificateSecurity {
  return new Certificates(credentials);
}

class Certificates implements CertificateSecurity {
  readonly isProving = true;
  private readonly doorway: TlsDoorway;
  private context: SecureContext;

  constructor(credentials: TlsCredentials) {
    const read = { ...TLS_COMMON, ...readCredentials(credentials) };
    this.context = createSecureContext(read);
    this.doorway = new TlsDoorway({ ...read, requestCert: true, rejectUnauthorized: false });
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  reload(credentials: TlsCredentials): void {
    const read = { ...TLS_COMMON, ...readCredentials(credentials) };
    this.context = createSecureContext(read);
    this.doorway.setSecureContext(read);
  }

  answer(raw: Socket, settle: Settle): void {
    this.doorway.enter(raw, (outcome) => {
      if ("error" in outcome) return settle(handshakeError(outcome.error, "CONNECTION_CLOSED"));
      judge(new TlsHandshake(outcome.socket, "CONNECTION_CLOSED", settle), null);
    });
  }

  begin(raw: Socket, host: string, settle: Settle): void {
    const socket = connect({
      socket: raw,
      secureContext: this.context,
      ALPNProtocols: [PROTOCOL],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const handshake = new TlsHandshake(socket, "UNREACHABLE", settle);
    socket.once("secureConnect", () => judge(handshake, host));
  }
}

/** Looks at the other end's certificate, and lets both ends know what comes of it. */
function judge(handshake: TlsHandshake, host: string | null): void {
  const { socket } = handshake;
  const isOurs = socket.alpnProtocol === PROTOCOL;
  // Once only: on the side that has dialled, Node.js takes the certificate out of the chain to hand it over.
  const certificate = socket.getPeerX509Certificate();
  const objection = objectionTo(socket, certificate, host);
  if (certificate === undefined || objection !== null) {
    const reason = identityRefused(objection ?? NO_CERTIFICATE);
    return isOurs ? handshake.refuse(reason, Uint8Array.of(REFUSED)) : handshake.settle(reason);
  }
  const identity = identityOf(certificate);
  if (!isOurs) return handshake.settle({ socket, identity, head: null });
  socket.write(Uint8Array.of(BELIEVED));
  readHead(socket, null, 1, (head) => {
    // That it ended is told by the handshake, in its own words.
    if (head === null) return void socket.destroy();
    if (head[0] === BELIEVED) handshake.settle({ socket, identity, head: head.length > 1 ? head.subarray(1) : null });
    else handshake.settle(identityRefused("the other end does not believe this one's certificate"));
  });
}

/** Null if the other end is who it has to be. */
function objectionTo(socket: TLSSocket, certificate: X509Certificate | undefined, host: string | null): string | null {
  if (certificate === undefined) return NO_CERTIFICATE;
  if (!socket.authorized) return `its certificate is not good: ${String(socket.authorizationError)}`;
  if (host !== null && !isFor(certificate, host)) return `its certificate is not for ${host}`;
  return null;
}
