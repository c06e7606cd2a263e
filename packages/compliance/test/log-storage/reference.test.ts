import { describe, it } from "vitest";
import { testLogStorage } from "../../src/index.ts";
import { createReferenceFixture } from "./reference/place.ts";

describe("the reference keeps every rule", () => {
  testLogStorage({ describe, it }, createReferenceFixture());
});
