/** ITU-T Q.850 causes of a call that ended as calls do. */
export const NORMAL: ReadonlySet<number> = new Set([-1, 0, 16, 31]);
export const BUSY = 17;
export const NO_ANSWER: ReadonlySet<number> = new Set([18, 19, 20, 102]);
/** Call rejected, barred, not allowed. */
export const REJECTED: ReadonlySet<number> = new Set([21, 24, 55, 57, 87]);
export const REDIRECTED = 23;
