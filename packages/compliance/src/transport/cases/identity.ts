import { check, checkEqual } from "../../runner/check.ts";
import { checkClosedWith, type TransportGroup } from "../world.ts";

export const IDENTITY: TransportGroup = {
  name: "identity",
  cases: [
    {
      rule: "what `identity` says was proven, nothing else: here nothing is",
      needs: ["no identity"],
      async run(world) {
        const { near, far } = await world.connect();
        checkEqual([near.info?.identity, far.info?.identity], [{ kind: "none" }, { kind: "none" }], "identities");
      },
    },
    {
      rule: "who is at the other end is settled before `opened`",
      needs: ["identity"],
      async run(world) {
        const { ofDialing, ofListening } = world.fixture.identity!;
        const { near, far } = await world.connect();
        checkEqual(near.info?.identity, ofListening, "what the end that dialled learnt");
        checkEqual(far.info?.identity, ofDialing, "what the end that accepted learnt");
      },
    },
    {
      rule: "an end that does not prove who it is is refused: `IDENTITY_REFUSED` where it dials, and at `refused`",
      needs: ["identity"],
      async run(world) {
        const inn = await world.listen();
        const stranger = world.fixture.identity!.createStranger(world.site);
        const near = world.dial(inn.address, {}, undefined, stranger);
        await world.untilClosed(near);
        await world.until(() => inn.refused.length > 0, "the listener hears of it");
        checkEqual(inn.accepted.length, 0, "strangers that were accepted");
        checkEqual(inn.refused[0]?.code, "IDENTITY_REFUSED", "the code at refused");
        check(!near.isOpened, "the stranger's dial does not open");
        checkClosedWith(near, ["IDENTITY_REFUSED"]);
        await world.enter(inn);
      },
    },
    {
      rule: "an end that does not prove who it is is refused: `IDENTITY_REFUSED` where it is dialled",
      needs: ["identity"],
      async run(world) {
        const identity = world.fixture.identity!;
        const stranger = identity.createStranger(world.site);
        const inn = await world.listenAt(identity.createStrangerAddress(world.site), {}, undefined, stranger);
        const near = world.dial(inn.address);
        await world.untilClosed(near);
        check(!near.isOpened, "a dial that reached a stranger does not open");
        checkClosedWith(near, ["IDENTITY_REFUSED"]);
        await world.quiet();
        checkEqual(inn.accepted.length, 0, "connections that the stranger accepted");
      },
    },
  ],
};
