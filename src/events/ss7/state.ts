import { compareTime, type PacketTime } from '../../base/time.ts';
import type { Ss7Protocol } from '../../ss7/message.ts';
import type { Packed, PackedCell } from '../packed.ts';
import type { Span } from '../span.ts';
import type { Claims } from './claims.ts';
import type { Told } from './told.ts';

/**
 * What is known of a circuit, a connection or a dialogue while its messages come in: plain data, stored in commits as JSON.
 *
 * Every field is the earliest of its kind or a small set, so that states made from the two sides of a cut merge into the state
 * that one capture would have given.
 */
export type Ss7State = TiedState | ResetState;
export type TiedState = CircuitState | ConnectionState | DialogueState | DiameterState;

/**
 * A state is found by one key or by two: each end of a connection or of a dialogue names it by a reference of its own, and a
 * message may carry either. Keys are numbers below 2^53, -1 where not known.
 */
export interface Tied extends Span {
  key1: number;
  key2: number;
  /** The message was seen that began the use of the key: what came before belongs to another state. */
  opened1: boolean;
  opened2: boolean;
}

/** Something that happened: the earliest of its kind. `from`: who sent it, -1 where of no use; `cause`: -1 where none. */
export interface Mark {
  s: number;
  ns: number;
  from: number;
  cause: number;
}

/** Marks by kind. */
export type Marks = (Mark | null)[];

/** Kinds of marks of a circuit and of a call of the radio interface. */
export const Did = {
  /** ACM, CALL PROCEEDING: the call goes on. */
  progress: 0,
  /** The called user is alerted. */
  ringing: 1,
  answer: 2,
  /** First message of the release. */
  release: 3,
  /** RLC, RELEASE COMPLETE: released. */
  clear: 4,
  /** Of the radio interface: the CONNECT, which may be lost to the capture, was acknowledged. */
  acknowledge: 4,
  /** RSC, GRS, CGB of hardware that failed, COT of a check that failed. */
  reset: 5,
  /** SUS and RES of the network: the latest. */
  suspend: 6,
  resume: 7,
  /** Short message or supplementary service: positive and negative answer. */
  success: 8,
  failure: 9,
  /** Of a circuit, which has no such answers: the call was forwarded; `cause` is the redirecting reason, -1 where a segment said so. */
  forwarded: 8,
} as const;

/** Kinds of marks of a connection and of a dialogue. */
export const Seen = {
  closed: 0,
  authenticationRequest: 1,
  authenticationResponse: 2,
  authenticationReject: 3,
  update: 4,
  updateAccept: 5,
  updateReject: 6,
  detach: 7,
  equipment: 8,
  /** The phone does not accept the network's challenge, which may then send another one (3GPP TS 24.008 §4.3.2.6). */
  authenticationFailure: 9,
  /** The network asks for the IMSI; for the IMEI (24.008 §4.3.3). */
  imsiRequest: 10,
  imeiRequest: 11,
  /** The network took in what the phone asked for: it said so, or it ciphers (24.008 §4.5.1.1). */
  accept: 12,
  /** The last challenge, where there are several. */
  lastChallenge: 13,
} as const;

/** One IAM (ITU-T Q.763 table 32). */
export interface Seizure {
  s: number;
  ns: number;
  /** Point code of the exchange that sent it. */
  from: number;
  calling: Packed;
  called: Packed;
}

/** One use of a circuit, or of a call instance code. */
export interface CircuitState extends Tied {
  type: 'circuit';
  network: number;
  /** The two exchanges, the lower point code first. */
  low: number;
  high: number;
  cic: number;
  bicc: boolean;
  /** Messages without a beginning passed right before its IAM: they may be of it. */
  isOvertaken: boolean;
  /** One; two where both ends seized the circuit at once; none where the beginning was not seen. */
  seizures: Seizure[];
  /** Digits of SAMs. Those of one frame follow each other in it, also where they are the same. */
  subsequent: { s: number; ns: number; frame: number; digits: Packed }[];
  /** Additional calling party number (Q.763 §3.26) of an IAM or of the SGM that continues it, and who sent it; null. */
  additional: { from: number; digits: Packed } | null;
  marks: Marks;
}

/**
 * One call, short message or supplementary service transaction inside a connection; or one message of a transaction whose opening
 * was not seen.
 */
export interface Transaction {
  /** Protocol discriminator: 3 CC, 9 SMS, 11 SS. */
  discriminator: number;
  /** Transaction identifier without its flag, and the point code of the end that chose it. */
  identifier: number;
  owner: number;
  /** Its opening message (SETUP, RP-DATA, REGISTER): `s` is -1 where it was not seen. */
  s: number;
  ns: number;
  calling: Packed;
  called: Packed;
  /** Octets of a short message; -1. */
  length: number;
  /** Service code that was dialled; null where the transaction carried no USSD. */
  code: string | null;
  marks: Marks;
}

/** Digest of a message that is not there: a phone that was in the cells of the new controller already is told nothing (25.413 §8.6). */
export const UNTOLD = 0;

/** In place of a digest: the phone stays on its connection, in another cell of the controller. */
export const STAYED = -1;

/** In place of a digest: the phone went back from where it was told to go before (3GPP TS 48.008 §3.1.5.3.2, 25.413 §8.10). */
export const WENT_BACK = -2;

/** In place of a digest: the phone lost the channel of its call and asks for another one (3GPP TS 24.008 §4.5.1.6). */
export const REESTABLISHED = -3;

/**
 * The phone goes to another cell, or its connection to another controller. `message`: digest of what it is told, {@link UNTOLD},
 * {@link STAYED}, {@link WENT_BACK}.
 */
export interface Handover {
  s: number;
  ns: number;
  cell: PackedCell | null;
  message: number;
}

/** Circuit or call identifier of a connection that had several: which one it has now depends on what was seen last. */
export const SEVERAL = -2;

/**
 * One SCCP connection of the A or Iu interface: one phone talks to its exchange. Of SGsAP, which has none, one location update, detach or
 * short message, whose ends are no point codes.
 */
export interface ConnectionState extends Tied, Told, Claims {
  type: 'connection';
  protocol: 'bssap' | 'ranap' | 'sgsap';
  /** Point code of the base station controller or radio network controller; -1 while not known. */
  access: number;
  /** Point code of the exchange; -1 while not known. */
  core: number;
  /** A message told which end is which that no phone can write, or that phones alone write. */
  isSure: boolean;
  /** While that is not so: the end whose words as a network are in here, -1; and those of the other one, null. */
  teller: number;
  other: Told | null;
  /** Iu: domain of the core network (0 circuit switched, 1 packet switched) and identifier of the signalling connection; -1. */
  domain: number;
  iuConnection: number;
  /** A: terrestrial circuit; -1, {@link SEVERAL} where it had more than one. */
  circuit: number;
  /** A over IP: identifier of the call; -1, {@link SEVERAL}. */
  callIdentifier: number;
  /** It carries a location update. */
  isUpdate: boolean;
  /** Area that the phone comes from as {@link areaOf} numbers it; -1. */
  oldArea: number;
  /** IMSI that the phone began with. */
  imsi: Packed;
  imei: Packed;
  imeisv: Packed;
  /** TMSI that the phone began with; -1. */
  tmsi: number;
  /** The message was seen by which the phone began. */
  hasBegun: boolean;
  /** Hexadecimal; the longest that was seen. */
  classmark: string;
  cell: PackedCell | null;
  /** Location updating type; -1. */
  luType: number;
  handovers: Handover[];
  /** What brings the phone here: the earliest acknowledgement of a handover, or its request to re-establish a call; null. */
  arrival: Pick<Handover, 's' | 'ns' | 'message'> | null;
  /** The phone came, and did not go back. */
  hasArrived: boolean;
  transactions: Transaction[];
}

/**
 * All connections between two nodes are over: a RESET of an A interface (3GPP TS 48.008 §3.1.4) or of a domain of an Iu interface (25.413
 * §8.26). Or one of them is: a RESET CIRCUIT (48.008 §3.1.3), a RESET IP RESOURCE (§3.2.1.99), a RESET RESOURCE (25.413
 * §8.27).
 */
export interface ResetState extends Span {
  type: 'reset';
  /** Their point codes, the lower one first. */
  key1: number;
  key2: number;
  /** Domain of the connections, -1 of all. */
  domain: number;
  /** Of the only connection its Iu signalling connection identifier, its circuit, or its call identifier; -1. */
  iuConnection: number;
  circuit: number;
  callIdentifier: number;
}

/** One invoke of a dialogue that makes an event. */
export interface Invoke {
  protocol: 'map' | 'cap' | 'inap';
  opcode: number;
  id: number;
  /** Digest of the sender's address. */
  from: number;
  s: number;
  ns: number;
  /** Address of a short message, number that calls are forwarded to; of an initialDP the line that forwards the call. */
  number: Packed;
  /** Octets of a short message, supplementary service code, BCSM event type, cause of a release; -1. */
  value: number;
  /** Short message: the phone sends it; null of other operations. */
  fromPhone: boolean | null;
  /** Service code that was dialled; null of operations without one. */
  code: string | null;
}

/** A result or an error: the earliest to this invoke id of this side. */
export interface Reply {
  id: number;
  to: number;
  s: number;
  ns: number;
  /** Error code; 0 of a reject; -1 of a result. */
  error: number;
}

/** A detection point was met (3GPP TS 29.078 §5.1, EventTypeBCSM, EventTypeSMS). Leg and cause: -1 where not given. */
export interface Report {
  event: number;
  leg: number;
  s: number;
  ns: number;
  cause: number;
}

/** One TCAP dialogue. */
export interface DialogueState extends Tied {
  type: 'dialogue';
  /** Labels by which `Labels` finds its keys, each with its key behind it. The list is replaced, never added to. */
  labels: number[];
  /** Application context, as in `Tcap`; -1. */
  context: number;
  contextVersion: number;
  contextArc: number;
  imsi: Packed;
  msisdn: Packed;
  imei: Packed;
  calling: Packed;
  called: Packed;
  msc: Packed;
  vlr: Packed;
  sgsn: Packed;
  cell: PackedCell | null;
  classmark: string;
  tmsi: string;
  invokes: Invoke[];
  replies: Reply[];
  /** Event reports of calls and short messages: the first and the last of each event type and leg. */
  reports: Report[];
  /** Longest time that charging reports and summaries of the call give, tenths of a second; -1. */
  elapsed: number;
  /** The last report that somebody is charged and talks on; null. */
  charged: PacketTime | null;
  /** An end or an abort was seen. */
  closed: boolean;
  /** When the first abort was seen: what was asked for until then got no answer, and gets none. */
  aborted: PacketTime | null;
  /** The other side does not know the application context: nothing was asked, and is asked anew in an older one (3GPP TS 29.002 §7.3.1). */
  refused: boolean;
  /** Components that came before it was known whose operations they are. */
  unread: UnreadComponent[];
}

/** One command of Diameter: its request and its answer, on all the hops that were seen. */
export interface DiameterState extends Tied {
  type: 'diameter';
  command: number;
  imsi: Packed;
  msisdn: Packed;
  imei: Packed;
  imeisv: Packed;
  /** Visited network, or where the phone is. */
  cell: PackedCell | null;
  /** Host of the node that serves the phone; '' while not known. */
  serving: string;
  /** The phone attaches. */
  attaches: boolean;
  request: Mark | null;
  /** Its `cause` is the result code, -1 where it has none. */
  answer: Mark | null;
}

/** A component of TCAP with its parameter as hexadecimal text, the digests of its sender and receiver, and whose it may be. */
export interface UnreadComponent {
  type: number;
  id: number;
  opcode: number;
  error: number;
  from: number;
  to: number;
  s: number;
  ns: number;
  guess: Ss7Protocol;
  bytes: string;
}

/** Nothing has happened yet: a place for each kind. */
export function noMarks(): Marks {
  return [null, null, null, null, null, null, null, null, null, null];
}

/** The same of a connection, of which there are more kinds. */
export function nothingSeen(): Marks {
  return [null, null, null, null, null, null, null, null, null, null, null, null, null, null];
}

/** Marks that something happened, where it is the earliest of its kind. */
export function note(marks: Marks, kind: number, s: number, ns: number, from: number, cause: number): void {
  const mark = marks[kind];
  if (mark === null || mark === undefined) {
    marks[kind] = { s, ns, from, cause };
  } else if (compareTime(s, ns, mark.s, mark.ns) < 0) {
    mark.s = s;
    mark.ns = ns;
    mark.from = from;
    mark.cause = cause;
  }
}

/** As {@link note}, the latest of its kind. */
export function noteLatest(marks: Marks, kind: number, s: number, ns: number, from: number, cause: number): void {
  const mark = marks[kind];
  if (mark === null || mark === undefined || compareTime(s, ns, mark.s, mark.ns) >= 0)
    marks[kind] = { s, ns, from, cause };
}

/** Joins the marks `b` into `a`: the earliest of each kind. */
export function mergeMarks(a: Marks, b: Marks): void {
  for (const [kind, mark] of b.entries()) if (mark !== null) note(a, kind, mark.s, mark.ns, mark.from, mark.cause);
}

/** Order of states: by first message, then by keys, so that it never depends on a table. */
export function compareSs7States(a: Ss7State, b: Ss7State): number {
  return (
    compareTime(a.firstS, a.firstNs, b.firstS, b.firstNs) ||
    a.firstFrame - b.firstFrame ||
    (a.type < b.type ? -1 : a.type > b.type ? 1 : 0) ||
    a.key1 - b.key1 ||
    a.key2 - b.key2
  );
}
