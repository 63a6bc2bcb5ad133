import type { MessageFormat } from '../parameters.ts';

/** Message types (ITU-T Q.763 §1.2 table 4, Q.1902.3 §6). */
export const IsupType = {
  IAM: 0x01,
  SAM: 0x02,
  INR: 0x03,
  INF: 0x04,
  COT: 0x05,
  ACM: 0x06,
  CON: 0x07,
  FOT: 0x08,
  ANM: 0x09,
  REL: 0x0c,
  SUS: 0x0d,
  RES: 0x0e,
  RLC: 0x10,
  CCR: 0x11,
  RSC: 0x12,
  BLO: 0x13,
  UBL: 0x14,
  BLA: 0x15,
  UBA: 0x16,
  GRS: 0x17,
  CGB: 0x18,
  CGU: 0x19,
  CGBA: 0x1a,
  CGUA: 0x1b,
  CMR: 0x1c,
  CMC: 0x1d,
  CMRJ: 0x1e,
  FAR: 0x1f,
  FAA: 0x20,
  FRJ: 0x21,
  LPA: 0x24,
  DRS: 0x27,
  PAM: 0x28,
  GRA: 0x29,
  CQM: 0x2a,
  CQR: 0x2b,
  CPG: 0x2c,
  USR: 0x2d,
  UCIC: 0x2e,
  CFN: 0x2f,
  OLM: 0x30,
  CRG: 0x31,
  NRM: 0x32,
  FAC: 0x33,
  UPT: 0x34,
  UPA: 0x35,
  IDR: 0x36,
  IRS: 0x37,
  SGM: 0x38,
  LOP: 0x40,
  APM: 0x41,
  PRI: 0x42,
  SDN: 0x43,
  CRA: 0xe9,
  CRM: 0xea,
  CVR: 0xeb,
  CVT: 0xec,
  EXM: 0xed,
  CCL: 0xfc,
  MPM: 0xfd,
  OPR: 0xfe,
} as const;
export type IsupTypeName = keyof typeof IsupType;

/** Parameter name codes (Q.763 §3.1 table 5) that are read or written. */
export const IsupParameter = {
  transmissionMedium: 0x02,
  called: 0x04,
  subsequent: 0x05,
  natureOfConnection: 0x06,
  forwardCall: 0x07,
  category: 0x09,
  calling: 0x0a,
  redirecting: 0x0b,
  redirection: 0x0c,
  informationRequest: 0x0e,
  information: 0x0f,
  continuity: 0x10,
  backwardCall: 0x11,
  cause: 0x12,
  groupSupervision: 0x15,
  range: 0x16,
  facility: 0x18,
  userService: 0x1d,
  userToUser: 0x20,
  connected: 0x21,
  suspendResume: 0x22,
  event: 0x24,
  circuitState: 0x26,
  originalCalled: 0x28,
  notification: 0x2c,
  diversion: 0x36,
  dialled: 0x7d,
  generic: 0xc0,
  /** ANSI T1.113.3 table 5. */
  charge: 0xeb,
  outgoingTrunk: 0xe7,
  circuitValidation: 0xe6,
  circuitGroup: 0xe5,
} as const;

const P = IsupParameter;
const NOTHING: readonly number[] = [];

/** The mandatory part of a message: fixed parameters with their lengths, variable ones, whether optional ones may follow. */
type Row = readonly [fixed: readonly number[], variable: readonly number[], optional: boolean];

/** Messages that are a type and parameters at most optional (Q.763 §4 tables 27 to 55). */
const OPTIONAL_ONLY: Row = [NOTHING, NOTHING, true];
/** Messages without any parameter (table 39), and those whose contents are a nation's own, which are not looked into. */
const BARE: Row = [NOTHING, NOTHING, false];
const GROUP: Row = [NOTHING, [P.range], false];
const GROUP_SUPERVISION: Row = [[P.groupSupervision, 1], [P.range], false];
const FACILITY: Row = [[P.facility, 1], NOTHING, true];

/** Message formats of Q.763 §4 by name. */
const ITU: Readonly<Record<IsupTypeName, Row>> = {
  IAM: [[P.natureOfConnection, 1, P.forwardCall, 2, P.category, 1, P.transmissionMedium, 1], [P.called], true],
  SAM: [NOTHING, [P.subsequent], true],
  INR: [[P.informationRequest, 2], NOTHING, true],
  INF: [[P.information, 2], NOTHING, true],
  COT: [[P.continuity, 1], NOTHING, false],
  ACM: [[P.backwardCall, 2], NOTHING, true],
  CON: [[P.backwardCall, 2], NOTHING, true],
  FOT: OPTIONAL_ONLY,
  ANM: OPTIONAL_ONLY,
  REL: [NOTHING, [P.cause], true],
  SUS: [[P.suspendResume, 1], NOTHING, true],
  RES: [[P.suspendResume, 1], NOTHING, true],
  RLC: OPTIONAL_ONLY,
  CCR: BARE,
  RSC: BARE,
  BLO: BARE,
  UBL: BARE,
  BLA: BARE,
  UBA: BARE,
  GRS: GROUP,
  CGB: GROUP_SUPERVISION,
  CGU: GROUP_SUPERVISION,
  CGBA: GROUP_SUPERVISION,
  CGUA: GROUP_SUPERVISION,
  CMR: BARE,
  CMC: BARE,
  CMRJ: BARE,
  FAR: FACILITY,
  FAA: FACILITY,
  FRJ: [[P.facility, 1], [P.cause], true],
  LPA: BARE,
  DRS: BARE,
  PAM: BARE,
  GRA: GROUP,
  CQM: GROUP,
  CQR: [NOTHING, [P.range, P.circuitState], false],
  CPG: [[P.event, 1], NOTHING, true],
  USR: [NOTHING, [P.userToUser], true],
  UCIC: BARE,
  CFN: [NOTHING, [P.cause], true],
  OLM: BARE,
  CRG: BARE,
  NRM: OPTIONAL_ONLY,
  FAC: OPTIONAL_ONLY,
  UPT: OPTIONAL_ONLY,
  UPA: OPTIONAL_ONLY,
  IDR: OPTIONAL_ONLY,
  IRS: OPTIONAL_ONLY,
  SGM: OPTIONAL_ONLY,
  LOP: OPTIONAL_ONLY,
  APM: OPTIONAL_ONLY,
  PRI: OPTIONAL_ONLY,
  SDN: OPTIONAL_ONLY,
  CRA: BARE,
  CRM: [[P.natureOfConnection, 1], NOTHING, false],
  CVR: [[P.circuitValidation, 1, P.circuitGroup, 1], NOTHING, true],
  CVT: BARE,
  EXM: [NOTHING, [P.outgoingTrunk], true],
  CCL: BARE,
  MPM: BARE,
  OPR: BARE,
};

/** Where ANSI T1.113.3 §4 has another mandatory part: the bearer stands in the variable one, RLC may have optional ones or nothing. */
const ANSI: Readonly<Partial<Record<IsupTypeName, Row>>> = {
  IAM: [[P.natureOfConnection, 1, P.forwardCall, 2, P.category, 1], [P.userService, P.called], true],
};

function byType(rows: Readonly<Partial<Record<IsupTypeName, Row>>>): readonly (MessageFormat | undefined)[] {
  const formats = new Array<MessageFormat | undefined>(256).fill(undefined);
  for (const [name, [fixed, variable, optional]] of Object.entries(rows)) {
    formats[IsupType[name as IsupTypeName]] = { name, fixed, variable, optional, pointer: 1 };
  }
  return formats;
}

/** Formats by message type; undefined of a type that is not known. */
export const ISUP_MESSAGES = byType(ITU);
export const ANSI_ISUP_MESSAGES = byType({ ...ITU, ...ANSI });
