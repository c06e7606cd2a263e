/** The numbers that concern watches. Source: client-protocol.md, sections 4 and 7.1. */

/** `type` of a watch event. -1 and 5..7 are made inside clients and never cross the wire. */
export const WATCH_EVENT_TYPES = {
  None: -1,
  NodeCreated: 1,
  NodeDeleted: 2,
  NodeDataChanged: 3,
  NodeChildrenChanged: 4,
  DataWatchRemoved: 5,
  ChildWatchRemoved: 6,
  PersistentWatchRemoved: 7,
} as const;

export type WatchEventType = keyof typeof WATCH_EVENT_TYPES;

/** `state` of a watch event. A server always sends `SyncConnected`; the others are a client's own view. */
export const KEEPER_STATES = {
  Disconnected: 0,
  SyncConnected: 3,
  AuthFailed: 4,
  ConnectedReadOnly: 5,
  SaslAuthenticated: 6,
  Closed: 7,
  Expired: -112,
} as const;

export type KeeperState = keyof typeof KEEPER_STATES;

/** `watcherType` of checkWatches and removeWatches: which watches of this connection on that path are meant. */
export const WATCHER_TYPES = {
  Children: 1,
  Data: 2,
  Any: 3,
  Persistent: 4,
  PersistentRecursive: 5,
} as const;

export type WatcherType = keyof typeof WATCHER_TYPES;

/** `mode` of addWatch. */
export const ADD_WATCH_MODES = {
  Persistent: 0,
  PersistentRecursive: 1,
} as const;

export type AddWatchMode = keyof typeof ADD_WATCH_MODES;
