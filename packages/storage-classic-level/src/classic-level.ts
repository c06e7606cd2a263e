/** Apart from everything else, so that a bundle can leave it outside, and find it where this package does. */
export { ClassicLevel } from "classic-level";
