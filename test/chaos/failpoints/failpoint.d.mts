export class Failpoint {
  constructor(text: string);
  arm(text: string): void;
  get isArmed(): boolean;
  reach(name: string): void;
  reachSoon(name: string): void;
  die(): void;
}
