/** Who may do what; each may do all that those before may. */
export const ROLES = ['viewer', 'investigator', 'approver', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

export function isAtLeast(role: Role, wanted: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(wanted);
}

/** Where a case stands. */
export const CASE_STATES = [
  'lead',
  'review',
  'watched',
  'noticed',
  'restricted',
  'suspended',
  'closed',
  'objection',
  'restored',
  'cleared',
  'merged',
] as const;
export type CaseState = (typeof CASE_STATES)[number];

/** States in which a case is over: a new alarm opens another one. */
export const ENDED: readonly CaseState[] = ['restored', 'cleared', 'merged'];

/** What is done to the line: watch, second verification, outgoing calls barred, suspended, closed. Mildest first. */
export const MEASURES = ['none', 'watch', 're-verify', 'restrict', 'suspend', 'close'] as const;
export type Measure = (typeof MEASURES)[number];

/** What an order to provisioning asks for. */
export const ORDER_ACTIONS = ['re-verify', 'restrict', 'suspend', 'close', 'restore'] as const;
export type OrderAction = (typeof ORDER_ACTIONS)[number];

/** What became of an order: to be fetched, handed out, not taken by its receiver, carried out or not, taken back before it was. */
export const ORDER_STATES = ['ready', 'sent', 'refused', 'done', 'failed', 'withdrawn'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** Where a line is restored: by the subscriber online, in a shop with the identity card, at the anti-fraud centre. */
export const LEVELS = ['online', 'shop', 'centre'] as const;
export type Level = (typeof LEVELS)[number];

export const CLOCKS = ['verify', 'approve', 'answer'] as const;
export type Clock = (typeof CLOCKS)[number];

export const LABELS = ['confirmed', 'cleared', 'restored'] as const;
export type LabelKind = (typeof LABELS)[number];

export const ACTION_NAMES = [
  'take',
  'watch',
  'notify',
  'verified',
  'lapse',
  'restrict',
  'suspend',
  'close',
  'clear',
  'object',
  'uphold',
  'restore',
  'reopen',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

/** One step of the workflow. */
export interface Action {
  from: readonly CaseState[];
  /** `measure`: the state that belongs to the measure in force. */
  to: CaseState | 'measure';
  role: Role;
  /** Second persons who must agree. Settings may ask for more, never for fewer. */
  approvals: number;
  /** May not be done by whoever ordered the measure in force. */
  other: boolean;
  measure: Measure | null;
  order: OrderAction | null;
  /** Starts this clock; every step stops the one that ran, unless it `keeps` it. */
  clock: Clock | null;
  label: LabelKind | null;
  /** Needs a restoration level. */
  level: boolean;
}

const STEP = {
  role: 'investigator',
  approvals: 0,
  other: false,
  measure: null,
  order: null,
  clock: null,
  label: null,
  level: false,
} as const;
const OPEN = ['lead', 'review', 'watched'] as const;

/** The workflow (anti-telecom-fraud law of 2022, articles 10-14): who may go from where to where, and what that sets going. */
export const ACTIONS: Readonly<Record<ActionName, Action>> = {
  take: { ...STEP, from: ['lead'], to: 'review' },
  watch: { ...STEP, from: ['lead', 'review'], to: 'watched', measure: 'watch' },
  notify: { ...STEP, from: OPEN, to: 'noticed', measure: 're-verify', order: 're-verify', clock: 'verify' },
  verified: { ...STEP, from: ['noticed'], to: 'cleared', measure: 'none', label: 'cleared' },
  lapse: { ...STEP, from: ['noticed'], to: 'review' },
  restrict: { ...STEP, from: [...OPEN, 'noticed'], to: 'restricted', measure: 'restrict', order: 'restrict' },
  suspend: {
    ...STEP,
    from: [...OPEN, 'noticed', 'restricted'],
    to: 'suspended',
    approvals: 1,
    measure: 'suspend',
    order: 'suspend',
    label: 'confirmed',
  },
  close: {
    ...STEP,
    from: [...OPEN, 'noticed', 'restricted', 'suspended'],
    to: 'closed',
    approvals: 1,
    measure: 'close',
    order: 'close',
    label: 'confirmed',
  },
  clear: { ...STEP, from: OPEN, to: 'cleared', measure: 'none', label: 'cleared' },
  object: { ...STEP, from: ['noticed', 'restricted', 'suspended', 'closed'], to: 'objection', clock: 'answer' },
  uphold: { ...STEP, from: ['objection'], to: 'measure', role: 'approver', other: true },
  restore: {
    ...STEP,
    from: ['objection', 'noticed', 'restricted', 'suspended', 'closed'],
    to: 'restored',
    measure: 'none',
    order: 'restore',
    label: 'restored',
    level: true,
  },
  reopen: { ...STEP, from: ['watched', 'restored', 'cleared'], to: 'review', measure: 'none' },
};

/** What each level may lift, and who may do it. The highest needs a second person. */
export const RESTORATION: Readonly<Record<Level, { lifts: readonly Measure[]; role: Role; approvals: number }>> = {
  online: { lifts: ['none', 'watch', 're-verify', 'restrict'], role: 'investigator', approvals: 0 },
  shop: { lifts: ['none', 'watch', 're-verify', 'restrict', 'suspend'], role: 'investigator', approvals: 0 },
  centre: { lifts: MEASURES, role: 'approver', approvals: 1 },
};

/** State of a case while a measure is in force. */
export const STATE_OF_MEASURE: Readonly<Record<Measure, CaseState>> = {
  none: 'review',
  watch: 'watched',
  're-verify': 'noticed',
  restrict: 'restricted',
  suspend: 'suspended',
  close: 'closed',
};

/** Why, in codes that provisioning and the police exchange. */
export const REASONS = [
  'simbox',
  'gateway_member',
  'resold_card',
  'silent_card_woken',
  'many_cards_one_identity',
  'iot_misuse',
  'no_answer_to_notice',
  'police_request',
  'verified_in_person',
  'mistake',
  'objection_accepted',
  'objection_refused',
  'insufficient',
  'other',
] as const;
export type Reason = (typeof REASONS)[number];

/** Actions that a case in this state allows at all, whoever asks. */
export function actionsFrom(state: CaseState): ActionName[] {
  return ACTION_NAMES.filter((name) => ACTIONS[name].from.includes(state));
}
