/** Points at which a process may be told to die. What is armed is "name count": the process dies at the count-th time. */
export class Failpoint {
  #name = "";
  #left = 0;

  /** @param {string} text "" for none */
  constructor(text) {
    this.arm(text);
  }

  /** @param {string} text */
  arm(text) {
    const [name = "", count = "1"] = text.split(" ");
    this.#name = name;
    this.#left = Number(count);
  }

  /** For those to whom it is dear to know where they are. */
  get isArmed() {
    return this.#left > 0 && this.#name !== "";
  }

  /** The process is there, and may end here. @param {string} name */
  reach(name) {
    if (this.#isDue(name)) this.die();
  }

  /** The same, once what is under way has begun. @param {string} name */
  reachSoon(name) {
    if (this.#isDue(name)) setImmediate(() => this.die());
  }

  /** @param {string} name */
  #isDue(name) {
    if (name !== this.#name) return false;
    this.#left -= 1;
    return this.#left === 0;
  }

  die() {
    process.kill(process.pid, "SIGKILL");
  }
}
