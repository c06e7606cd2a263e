import {
  beginFrame,
  type ConnectRequest,
  type ConnectResponse,
  endFrame,
  JuteWriter,
  type Request,
  type RequestBody,
  type Response,
  writeConnectRequest,
  writeConnectResponse,
  writeRequest,
  writeResponse,
} from "../src/index.ts";

/** The payload of a frame, owned by the caller. */
export function encodeRequest(request: Request): Uint8Array {
  const writer = new JuteWriter();
  writeRequest(writer, request);
  return writer.take();
}

export function encodeBody(body: RequestBody): Uint8Array {
  return encodeRequest({ xid: 1, body });
}

export function encodeResponse(response: Response): Uint8Array {
  const writer = new JuteWriter();
  writeResponse(writer, response);
  return writer.take();
}

export function encodeConnectRequest(request: ConnectRequest): Uint8Array {
  const writer = new JuteWriter();
  writeConnectRequest(writer, request);
  return writer.take();
}

export function encodeConnectResponse(response: ConnectResponse): Uint8Array {
  const writer = new JuteWriter();
  writeConnectResponse(writer, response);
  return writer.take();
}

/** The stream that carries `frames`: each behind its length. */
export function encodeStream(frames: readonly Uint8Array[]): Uint8Array {
  const writer = new JuteWriter();
  for (const frame of frames) {
    const start = beginFrame(writer);
    writer.writeRaw(frame);
    endFrame(writer, start);
  }
  return writer.take();
}

/** The bytes of hexadecimal text, in which spaces may stand anywhere. */
export function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}
