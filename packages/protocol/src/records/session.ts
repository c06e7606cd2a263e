import { type JuteReader, readVector } from "../jute/reader.ts";
import { type JuteWriter, writeVector } from "../jute/writer.ts";

/** A credential for this connection. Source: client-protocol.md, section 9. */
export interface AuthRequest {
  readonly kind: "auth";
  /** 0; servers ignore it. */
  readonly authType: number;
  readonly scheme: string;
  readonly auth: Uint8Array | null;
}

/** One step of a SASL exchange. */
export interface SaslRequest {
  readonly kind: "sasl";
  readonly token: Uint8Array | null;
}

export interface SaslResponse {
  readonly kind: "sasl";
  /** Null from a server without SASL. */
  readonly token: Uint8Array | null;
}

/** One identity that the connection holds. */
export interface ClientInfo {
  readonly authScheme: string;
  /** Digest ids are cut before the colon; the super user's is empty. */
  readonly user: string;
}

export interface WhoAmIResponse {
  readonly kind: "whoAmI";
  readonly clientInfo: readonly ClientInfo[];
}

/** The lengths of two empty strings. */
const CLIENT_INFO_SIZE_MIN_BYTES = 8;

export function readAuthRequest(reader: JuteReader): AuthRequest {
  return {
    kind: "auth",
    authType: reader.readInt(),
    scheme: reader.readString(),
    auth: reader.readNullableBuffer(),
  };
}

export function writeAuthRequest(writer: JuteWriter, request: AuthRequest): void {
  writer.writeInt(request.authType);
  writer.writeString(request.scheme);
  writer.writeBuffer(request.auth);
}

export function readSaslToken(reader: JuteReader): SaslRequest & SaslResponse {
  return { kind: "sasl", token: reader.readNullableBuffer() };
}

export function writeSaslToken(writer: JuteWriter, message: SaslRequest | SaslResponse): void {
  writer.writeBuffer(message.token);
}

export function readWhoAmIResponse(reader: JuteReader): WhoAmIResponse {
  return { kind: "whoAmI", clientInfo: readVector(reader, CLIENT_INFO_SIZE_MIN_BYTES, readClientInfo) };
}

export function writeWhoAmIResponse(writer: JuteWriter, response: WhoAmIResponse): void {
  writeVector(writer, response.clientInfo, writeClientInfo);
}

function readClientInfo(reader: JuteReader): ClientInfo {
  return { authScheme: reader.readString(), user: reader.readString() };
}

function writeClientInfo(writer: JuteWriter, info: ClientInfo): void {
  writer.writeString(info.authScheme);
  writer.writeString(info.user);
}
