// One call of gRPC, to learn what h2load cannot see: a call that fails is an HTTP response with status 200, and says so in its trailers.
import { once } from "node:events";
import { connect } from "node:http2";

const ANSWER_MAX_MS = 5000;
const HEADERS = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };

/** Throws an Error unless the call succeeds. */
export async function checkCall(origin, path, body) {
  const session = connect(origin);
  // Of each request, too.
  session.on("error", () => undefined);
  try {
    const call = session.request({ ...HEADERS, ":path": path }, { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
    let told = {};
    // Without a body, as most errors are, the head is all there is.
    call.on("response", (headers) => (told = { ...headers, ...told }));
    call.on("trailers", (headers) => (told = { ...told, ...headers }));
    call.resume().end(body);
    await once(call, "close");
    const { ":status": status, "grpc-status": grpcStatus, "grpc-message": message = "" } = told;
    if (status === 200 && grpcStatus === "0") return;
    throw new Error(`${origin}${path} has failed: HTTP ${status}, gRPC ${grpcStatus} ${message}`.trim());
  } finally {
    session.close();
  }
}
