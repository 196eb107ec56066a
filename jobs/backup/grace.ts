const dayMs = 24 * 3600 * 1000;

/** How old an object that no snapshot needs may be to be relied upon: a first backup may take several runs, each cut off. */
export const trustedForMs = 7 * dayMs;

/** How old one must be to be removed: no export that relied on it is still under way by then. */
export const graceMs = 2 * trustedForMs;
