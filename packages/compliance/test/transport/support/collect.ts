import type { TransportFixture, TransportSite } from "../../../src/transport/fixture.ts";
import { testTransport } from "../../../src/transport/test-transport.ts";

export interface Collected {
  readonly rule: string;
  readonly run: () => Promise<void>;
}

/** The cases of the kit for a fixture, as a test runner gets them. */
export function collectCases<Site extends TransportSite>(fixture: TransportFixture<Site>): Collected[] {
  const cases: Collected[] = [];
  const describe = (_name: string, define: () => void): void => define();
  const it = (rule: string, run: () => Promise<void>): void => void cases.push({ rule, run });
  testTransport({ describe, it }, fixture);
  return cases;
}

/** The rules that a transport breaks, of those that are looked at, with what was said about each. */
export async function brokenRules<Site extends TransportSite>(
  fixture: TransportFixture<Site>,
  isLookedAt: (rule: string) => boolean = () => true,
): Promise<Map<string, string>> {
  const broken = new Map<string, string>();
  for (const { rule, run } of collectCases(fixture)) {
    if (!isLookedAt(rule)) continue;
    try {
      await run();
    } catch (error) {
      broken.set(rule, (error as Error).message);
    }
  }
  return broken;
}
