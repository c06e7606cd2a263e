// Another process that asks for a store: `open`, or the name of a repair. Says "done", or the code of the refusal. It sees
// the packages as they are built.
import { createClassicLevelStorage, repair } from "../../dist/index.js";

const [what = "", location = ""] = process.argv.slice(2);

async function ask() {
  if (what !== "open") return repair({ location }, what);
  const store = createClassicLevelStorage({ location });
  await store.open();
  await store.close();
}

process.stdout.write(
  await ask().then(
    () => "done",
    (error) => String(error.code),
  ),
);
