import {
  type ElementReader,
  readArea,
  readCalled,
  readCalling,
  readCause,
  readClassmark,
  readGprsIdentity,
  readIdentity,
  readIdentityType,
  readLuType,
  readRedirecting,
  readReject,
  readService,
} from './nas-elements.ts';
import { Discriminator } from './nas-names.ts';
import { readCpCause, readRelay } from './nas-sms.ts';
import { readFacility } from './nas-ss.ts';

/** A mandatory element: octets of its value, or {@link LENGTH_VALUE} where an octet before it says. */
export interface Part {
  length: number;
  read: ElementReader | null;
  /** Holds another protocol, which is read also where the end is missing. */
  nested: boolean;
  name: string;
}

export const LENGTH_VALUE = -1;

/** How the messages of one protocol are made up: mandatory parts by message type, optional elements by identifier. */
interface Formats {
  parts: readonly (readonly Part[] | undefined)[];
  optional: readonly (ElementReader | undefined)[];
  /** Octets of the value of optional elements without a length octet; -1 of all others. */
  fixed: Int8Array;
}

const v = (length: number, name: string, read: ElementReader | null = null): Part => ({
  length,
  read,
  nested: false,
  name,
});
const lv = (name: string, read: ElementReader | null = null): Part => v(LENGTH_VALUE, name, read);
const nested = (name: string, read: ElementReader): Part => ({ length: LENGTH_VALUE, read, nested: true, name });

/** Mobility management (24.008 §9.2). Two half octets are one part; the other half is a key sequence number or spare. */
const MM: Formats = formats(
  {
    1: [v(1, 'classmark 1', readClassmark), lv('mobile identity', readIdentity)],
    2: [v(5, 'location area identification', readArea)],
    4: [v(1, 'reject cause', readReject)],
    8: [
      v(1, 'location updating type', readLuType),
      v(5, 'location area identification', readArea),
      v(1, 'classmark 1', readClassmark),
      lv('mobile identity', readIdentity),
    ],
    18: [v(1, 'key sequence number'), v(16, 'RAND')],
    20: [v(4, 'SRES')],
    24: [v(1, 'identity type', readIdentityType)],
    25: [lv('mobile identity', readIdentity)],
    26: [v(5, 'location area identification', readArea), lv('mobile identity', readIdentity)],
    28: [v(1, 'reject cause', readReject)],
    34: [v(1, 'reject cause', readReject)],
    36: [v(1, 'CM service type', readService), lv('classmark 2', readClassmark), lv('mobile identity', readIdentity)],
    37: [v(1, 'PD and SAPI')],
    40: [v(1, 'key sequence number'), lv('classmark 2', readClassmark), lv('mobile identity', readIdentity)],
    41: [v(1, 'reject cause', readReject)],
    49: [v(1, 'reject cause', readReject)],
  },
  { 19: readArea, 23: readIdentity, 51: readClassmark },
  { 19: 5 },
);

/** GPRS mobility management (24.008 §9.4.1, §9.4.10, §9.4.12, §9.4.13): the messages that ask or say who a phone is. */
const GMM: Formats = formats(
  {
    1: [
      lv('MS network capability'),
      v(1, 'attach type'),
      v(2, 'DRX parameter'),
      lv('mobile identity', readGprsIdentity),
      v(6, 'routing area identification'),
      lv('MS radio access capability'),
    ],
    19: [v(1, 'reference number')],
    21: [v(1, 'identity type', readIdentityType)],
    22: [lv('mobile identity', readGprsIdentity)],
  },
  { 35: readGprsIdentity },
  { 23: 1, 25: 3, 34: 4 },
);

/** What the network sees of radio resources (44.018 §9.1.9, §9.1.11, §9.1.25). */
const RR: Formats = formats(
  {
    22: [lv('classmark 2', readClassmark)],
    39: [v(1, 'key sequence number'), lv('classmark 2', readClassmark), lv('mobile identity', readIdentity)],
    50: [],
  },
  { 23: readIdentity },
  {},
);

/** Call control (24.008 §9.3). */
const CC: Formats = formats(
  {
    1: [],
    2: [],
    3: [lv('progress indicator')],
    5: [],
    7: [],
    8: [],
    14: [],
    15: [],
    26: [lv('cause', readCause)],
    30: [lv('cause', readCause)],
    37: [lv('cause', readCause)],
    42: [],
    45: [],
    53: [],
    54: [],
    55: [lv('cause', readCause)],
    61: [lv('cause', readCause), v(1, 'call state')],
  },
  { 8: readCause, 92: readCalling, 94: readCalled, 116: readRedirecting },
  { 44: 1, 52: 1 },
);

/** Short messages, control layer (24.011 §7.2). */
const SMS: Formats = formats({ 1: [nested('CP-User data', readRelay)], 16: [v(1, 'CP-Cause', readCpCause)] }, {}, {});

/** Supplementary services (24.080 §2.3, §2.4, §2.5). */
const SS: Formats = formats(
  { 42: [], 58: [nested('facility', readFacility)], 59: [] },
  { 8: readCause, 28: readFacility },
  {},
);

/** By protocol discriminator. */
export const FORMATS: readonly (Formats | undefined)[] = Array.from({ length: 16 }, (_, discriminator) => {
  switch (discriminator) {
    case Discriminator.cc:
      return CC;
    case Discriminator.mm:
      return MM;
    case Discriminator.gmm:
      return GMM;
    case Discriminator.rr:
      return RR;
    case Discriminator.sms:
      return SMS;
    case Discriminator.ss:
      return SS;
    default:
      return undefined;
  }
});

/** Tables by number, without holes. */
function formats(
  parts: Readonly<Record<number, readonly Part[]>>,
  optional: Readonly<Record<number, ElementReader>>,
  fixed: Readonly<Record<number, number>>,
): Formats {
  return {
    parts: Array.from({ length: 256 }, (_, type) => parts[type]),
    optional: Array.from({ length: 128 }, (_, identifier) => optional[identifier]),
    fixed: Int8Array.from({ length: 128 }, (_, identifier) => fixed[identifier] ?? -1),
  };
}
