export const USAGE = `npm run chaos -- [--minutes 1 | --seconds 60] [--peers 3|5] [--seed 1] [--timing dedicated|embedded]
                 [--faults kill,stop] [--build NAME] [--packed]
npm run chaos -- --check DIR
npm run chaos -- --kills 20 [--timing dedicated|embedded] [--clients 8]

Real processes under clients and faults, and what clients were told is checked (docs/reliability.md). The exit code says whether a
promise was broken.

  --faults LIST   only these (default: all)
  --build NAME    which all peers are of then
  --packed        on packages that were packed and installed
  --check DIR     checks once more what a run has left there
  --kills N       instead: the leader of three is killed so often, and then all are restarted one by one, which measures the gaps
                  in writes; --clients are at work while they are restarted`;
