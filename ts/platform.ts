/**
 * What entry points import beside the platform's own. In bundles for Node it is `entry/node.ts`, so that each of them works
 * alone; a page imports `cellgate` for `init` anyway.
 */
export {};
