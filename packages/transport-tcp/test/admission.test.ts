import { expect, it } from "vitest";
import { Admission, originOf } from "../src/stream/admission.ts";

it.each([
  ["10.0.0.1", "10.0.0.1"],
  ["::1", "0:0:0:0::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1::3:4", "2001:db8:1:0::/64"],
  ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
  ["64:ff9b::10.0.0.1", "64:ff9b:0:0::/64"],
  ["1:2:3:4:5:6:10.0.0.1", "1:2:3:4::/64"],
  ["::2:3:4:5:6:7:8", "0:2:3:4::/64"],
])("an address is counted where its host is: %s", (ip, origin) => {
  expect(originOf(ip)).toBe(origin);
});

it("a host does not get more connections by taking other addresses of its network", () => {
  const admission = new Admission({ connectionsMax: 10, connectionsPerAddressMax: 2 });
  expect(["2001:db8::1", "2001:db8::2"].map((ip) => admission.admit(ip))).toEqual([null, null]);
  expect(admission.admit("2001:db8::3")).toContain("2001:db8:0:0::/64");
  expect(admission.admit("2001:db8:0:1::3")).toBeNull();
  admission.release("2001:db8::2");
  expect(admission.admit("2001:db8::3")).toBeNull();
});
