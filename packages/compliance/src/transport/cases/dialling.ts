import { isIP } from "node:net";
import { check, checkEqual } from "../../runner/check.ts";
import type { Recorder } from "../recorder.ts";
import { checkClosedWith, checkHeard, type TransportGroup } from "../world.ts";

function checkInfo({ info, name }: Recorder): void {
  check(info !== null, `${name} was told something`);
  const { localAddress, remoteAddress, remoteIp, isLocal } = info;
  check(typeof localAddress === "string" && localAddress !== "", `${name}: localAddress says something`);
  check(typeof remoteAddress === "string" && remoteAddress !== "", `${name}: remoteAddress says something`);
  check(typeof isLocal === "boolean", `${name}: isLocal is true or false`);
  if (remoteIp === null) return;
  // isIP accepts a zone and an embedded IPv4 address; the contract does not.
  check(isIP(remoteIp) !== 0, `${name}: remoteIp ${remoteIp} is an IP address without a port`);
  check(!remoteIp.includes("%"), `${name}: remoteIp ${remoteIp} has no zone`);
  check(!/^::ffff:/i.test(remoteIp), `${name}: remoteIp ${remoteIp} has no IPv4-in-IPv6 prefix`);
  if (remoteIp.startsWith("127.") || remoteIp === "::1") check(isLocal, `${name}: loopback is on this machine`);
}

export const DIALLING: TransportGroup = {
  name: "dialling",
  cases: [
    {
      rule: "`dial`: in bounded time `opened` comes, with what is known of the connection",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        checkInfo(near);
        checkInfo(far);
        checkEqual([near.info?.fourLetterWord, far.info?.fourLetterWord], [null, null], "fourLetterWord of both ends");
      },
    },
    {
      rule: "`dial`: `closed` with `UNREACHABLE`, in place of `opened`",
      needs: [],
      async run(world) {
        const near = world.dial(await world.deadAddress());
        await world.untilClosed(near);
        checkClosedWith(near, ["UNREACHABLE"]);
        check(!near.isOpened, "a dial that came to nothing does not open");
      },
    },
    {
      rule: "`dial`: `closed` with `ADDRESS_UNUSABLE`, in place of `opened`",
      needs: [],
      async run(world) {
        const near = world.dial(world.fixture.unusableAddress);
        await world.untilClosed(near);
        checkClosedWith(near, ["ADDRESS_UNUSABLE"]);
        check(!near.isOpened, "a dial that came to nothing does not open");
      },
    },
    {
      rule: "`dial`: nothing is tried twice",
      needs: [],
      async run(world) {
        const address = await world.deadAddress();
        const near = world.dial(address);
        await world.untilClosed(near);
        const inn = await world.listenAt(address);
        await world.quiet();
        checkEqual(inn.accepted.length, 0, "connections that came in after the dial had failed");
      },
    },
    {
      rule: "`close` before `opened` gives up the dial",
      needs: [],
      async run(world) {
        const { address } = await world.listen();
        const near = world.dial(address);
        near.close();
        await world.untilClosed(near);
        await world.quiet();
        checkHeard(near, ["closed"]);
        checkClosedWith(near, ["CONNECTION_CLOSED"]);
      },
    },
    {
      rule: "`abort` before `opened` closes now",
      needs: [],
      async run(world) {
        const { address, accepted } = await world.listen();
        const near = world.dial(address);
        near.abort();
        await world.untilClosed(near);
        await world.quiet();
        checkHeard(near, ["closed"]);
        checkClosedWith(near, ["CONNECTION_CLOSED"]);
        check(
          accepted.every((far) => far.isClosed || !far.isOpened),
          "the other end of a dial that was given up does not stay open",
        );
      },
    },
    {
      rule: "`accept`: a connection that is aborted there does not open",
      needs: [],
      async run(world) {
        const { address, accepted } = await world.listen({}, (far) => far.abort());
        const near = world.dial(address);
        await world.untilClosed(near);
        await world.until(() => accepted[0]?.isClosed === true, "the aborted end hears closed");
        checkHeard(accepted[0]!, ["closed"]);
        checkClosedWith(accepted[0]!, ["CONNECTION_CLOSED"]);
      },
    },
  ],
};
