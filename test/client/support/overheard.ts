import type { ConnectionHandler, Transport } from "@coterie/interface";
import { type ConnectResponse, JuteReader, readConnectResponse } from "@coterie/protocol";

/** `transport`, with the answer to each connect request overheard: what proves that a session is one's own. */
export function overhear(transport: Transport, heard: ConnectResponse[]): Transport {
  return {
    supports: transport.supports,
    listen: (address, handler, options) => transport.listen(address, handler, options),
    dial(address, handler, options) {
      let isFirst = true;
      const overhearing: ConnectionHandler = {
        opened: (info) => handler.opened(info),
        drained: () => handler.drained(),
        closed: (reason) => handler.closed(reason),
        received(frame) {
          if (isFirst) heard.push(readConnectResponse(new JuteReader(frame)));
          isFirst = false;
          handler.received(frame);
        },
      };
      return transport.dial(address, overhearing, options);
    },
  };
}
