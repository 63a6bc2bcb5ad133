import { z } from 'zod';

const hours = z
  .number()
  .min(0.1)
  .max(24 * 60);

/** How the desk works; each part has a default. */
export const SETTINGS = z.strictObject({
  /** Hours until a clock has run out. */
  clocks: z.strictObject({ verify: hours, approve: hours, answer: hours }),
  /** Second persons that these need; suspension and closure at least one. */
  approvals: z.strictObject({
    restrict: z.number().int().min(0).max(3),
    suspend: z.number().int().min(1).max(3),
    close: z.number().int().min(1).max(3),
  }),
  /** Suspension without a person: off unless switched on, and never on a model trained on simulated captures alone. */
  automatic: z.strictObject({
    suspend: z.boolean(),
    /** Runs that must have marked the line `strong` before. */
    alarms: z.number().int().min(1).max(100),
  }),
  /** Minutes that an unmasked number stays so. */
  unmask_minutes: z
    .number()
    .int()
    .min(1)
    .max(24 * 60),
});
export type Settings = z.infer<typeof SETTINGS>;

/** Those of a new desk. */
export const DEFAULT_SETTINGS: Settings = {
  clocks: { verify: 24, approve: 24, answer: 24 },
  approvals: { restrict: 0, suspend: 1, close: 1 },
  automatic: { suspend: false, alarms: 1 },
  unmask_minutes: 15,
};
