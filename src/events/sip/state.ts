import { compareTime, type PacketTime } from '../../base/time.ts';
import type { Credentials } from '../../sip/credentials.ts';
import type { CaptureName } from '../capture-name.ts';
import type { Packed } from '../packed.ts';
import type { Span } from '../span.ts';
import { notLater } from '../times.ts';
import type { Answer } from './answers.ts';
import type { CallerNumber } from './caller-number.ts';
import type { Relay } from './relay.ts';
import type { SentOn } from './sent-on.ts';
import type { Ussd } from './ussd.ts';

/** What a request says of the line that sent it, taken once, from the earliest request of its transaction. */
export interface RequestFacts {
  time: PacketTime;
  /** Source and destination of the packet, `address:port`. */
  source: string;
  /** Whom it came from in the first place, where proxies passed it on and said so. */
  origin: string | null;
  destination: string;
  /** From and To as `user@host` (host in lower case), users alone, and the numbers in them. */
  fromAor: string | null;
  toAor: string | null;
  fromUser: string | null;
  toUser: string | null;
  /** Whom the network of the called line found behind the number that was dialled (P-Called-Party-ID, RFC 7315 §4.2). */
  calledAor: string | null;
  calledUser: string | null;
  /** User part and `host[:port]` of the Request-URI. */
  requestUser: string | null;
  requestHost: string | null;
  /** Diversion or History-Info was there: To may be who was called first. States of older stores do not say. */
  diverted?: boolean;
  /** Who sent the call on last, and whether the Request-URI asks for a mailbox; states of older stores have neither. */
  divertedBy?: string | null;
  mailbox?: boolean;
  /** Called party number of an IAM in the body, where the Request-URI has none; 0 without one. States of older stores have none. */
  iamCalled?: Packed;
  contact: string | null;
  imei: string | null;
  imeisv: string | null;
  userAgent: string | null;
  headerOrder: string | null;
  idShape: string | null;
  viaMismatch: boolean | null;
  sdpFingerprint: string | null;
  media: string | null;
  /** An INVITE that goes to who waits for it; states of older stores do not say. */
  awaited?: boolean;
  keepAlive: number | null;
  /** Authorization or Proxy-Authorization was there. */
  authorised: boolean;
  /** User name of these credentials, of an INVITE or MESSAGE; states of older stores have none. */
  account?: string | null;
  /** There was one Via: whoever sent the packet wrote the request. States of older stores do not say. */
  own?: boolean;
  /** Where there are several credentials, each; states of older stores have none. */
  accounts?: Omit<Credentials, 'scheme'>[];
  /** Route was there: the destination is a proxy on the way. */
  routed: boolean;
  /** Of an INVITE that opens a dialog for it; states of older stores do not say. */
  ussd?: Ussd | null;
}

/** Facts that a later hop of the same request may add (P-Asserted-Identity set by the first proxy). */
export interface Identity {
  time: PacketTime;
  asserted: string | null;
  /** By who sent the request with credentials and no proxy; states of older stores do not say. */
  claimed?: boolean;
  imsi: string | null;
  access: string | null;
  mcc: string | null;
  mnc: string | null;
  lac: number | null;
  cell: string | null;
  visited: string | null;
}

/** What a response of the called phone says of it: a success before those that ring, then the earliest. */
interface CalledFact {
  time: PacketTime;
  answered: boolean;
}
export type CalledPlace = CalledFact & Pick<Identity, 'access' | 'mcc' | 'mnc' | 'lac' | 'cell'>;
export type CalledDevice = CalledFact & Pick<RequestFacts, 'imei' | 'imeisv'>;

/** A final response that is no success. */
export interface Failure {
  time: PacketTime;
  status: number;
  cause: number | null;
  /** Whom it was sent to, `address:port`, where it answers an INVITE; states of older stores do not say. */
  destination?: string;
  /** Hash of its branch, where it answers an INVITE and has one; states of older stores do not say. */
  branch?: number;
  /** That it asks for credentials for; states of older stores have none. */
  realm?: string | null;
  /** Its reason phrase says that the called user is busy, of a status that says less. */
  busy: boolean;
  /** It says that a timer ran out, of a status that says less; states of older stores do not say. */
  timedOut?: boolean;
  /** Its reason phrase says that the network blocks the call; states of older stores do not say. */
  blocked?: boolean;
}

/** The earliest CANCEL from one address. */
export interface Cancel {
  /** `address:port` */
  source: string;
  /** Hash of its branch, that of the request which it cancels; states of older stores do not say. */
  branch?: number;
  time: PacketTime;
  cause: number | null;
  /** A server gave up waiting for an answer; states of older stores do not say. */
  timedOut?: boolean;
  /** Another phone answered, or refused for all. */
  elsewhere?: boolean;
  /** A server ended it, which has lost the phone or has no way to it; states of older stores do not say. */
  broken?: boolean;
}

/** An ACK: of a success where its branch is not that of the INVITE (RFC 3261 §13.2.2.4, §17.1.1.3). */
export interface Ack extends Answer {
  /** Hash of its branch. */
  branch: number;
}

/** One INVITE transaction of a call: by From tag and CSeq number. */
export interface InviteState {
  fromTag: string;
  cseq: number;
  /** The request had no To tag; null where only responses were seen, or its To was cut off. */
  initial: boolean | null;
  request: RequestFacts | null;
  identity: Identity | null;
  /** Where From has no number; states of older stores have none. */
  caller?: CallerNumber | null;
  /** From and To of responses, where no request was seen. */
  response: {
    time: PacketTime;
    fromAor: string | null;
    toAor: string | null;
    fromUser: string | null;
    toUser: string | null;
  } | null;
  /** Where the phone was that rang or answered, and which; null where no response says it. */
  calledPlace: CalledPlace | null;
  calledDevice: CalledDevice | null;
  /** Earliest of their kind; see {@link noTime}. */
  ringing: PacketTime;
  progress: PacketTime;
  /** The earliest 181, and why the call goes on; states of older stores have neither. */
  forwarded?: PacketTime;
  sentOn?: SentOn | null;
  /** Hash of the To tag of what came before an answer, the least of several; states of older stores have none. */
  earlyTag?: number;
  success: PacketTime;
  /** To tag of that success, '' where it had none, and the answers of other branches; states of older stores have neither. */
  successTag?: string;
  /** The caller acknowledged it; states of older stores do not say. */
  successAcknowledged?: boolean;
  /** The latest success; states of older stores do not say. */
  lastSuccess?: PacketTime;
  otherAnswers?: Answer[];
  failures: Failure[];
  /** Hash of the branch of its request, 0 where that has none, and those of other hops; states of older stores have neither. */
  branch?: number;
  otherBranches?: number[];
  /** ACKs that came before its request and its final answer; states of older stores have none. */
  acks?: Ack[];
  /** Hops that reach a phone, or may, where there are several; states of older stores have none. */
  hops?: InviteState[];
  cancel: PacketTime;
  cancelCause: number | null;
  /** By whom; states of older stores do not say. */
  cancels?: Cancel[];
}

/** The earliest BYE of a dialog, by its pair of tags. */
export interface ByeState {
  fromTag: string;
  toTag: string;
  time: PacketTime;
  cause: number | null;
  /** A server ended the call; states of older stores do not say. */
  byNetwork?: boolean;
  /** Who sent it, `address:port`; '' where only its answer was seen. States of older stores do not say. */
  source?: string;
  /** Its To has no tag, and is whole; states of older stores do not say. */
  untagged?: boolean;
  /** The answer of a service, which ends its dialog; states of older stores do not say. */
  ussd?: Ussd | null;
}

export interface CallState extends Span {
  type: 'call';
  callId: string;
  invites: InviteState[];
  byes: ByeState[];
}

/** Where an address of record is reached (RFC 3261 §10): `host[:port]` of the Contact, and for how many seconds. */
export interface Binding {
  contact: string | null;
  expires: number | null;
}

/** A transaction outside a call: REGISTER or MESSAGE, by Call-ID and CSeq number. */
export interface TransactionState extends Span {
  type: 'registration' | 'sms';
  callId: string;
  cseq: number;
  request: RequestFacts | null;
  identity: Identity | null;
  /** Of a MESSAGE, the requests by which proxies passed it on; states of older stores have none. */
  onward?: RequestFacts[];
  /** Of a MESSAGE whose From has no number; states of older stores have none. */
  caller?: CallerNumber | null;
  /** Contact `*` or an expiry of 0. */
  leaving: boolean;
  expires: number | null;
  /** A MESSAGE that tells of others, a REGISTER that asks what is registered: it is none itself. States of older stores do not say. */
  notice?: boolean;
  /** Bytes of the content of a MESSAGE. */
  bodyLength: number | null;
  /** What that body is, where it is the relay layer of short messages. */
  relay: Relay | null;
  /** The earliest report that the short message failed, and its cause as {@link Relay} has it; states of older stores have none. */
  refused?: { time: PacketTime; cause: number } | null;
  success: PacketTime;
  /** Of the success. */
  status: number | null;
  associated: string | null;
  grantedExpires: number | null;
  /** Where the success lists several; states of older stores have none. */
  bindings?: Binding[];
  flowTimer: number | null;
  failures: Failure[];
  /** The first attempt of those challenged before this one: its start, and when the last challenge came; null where that one asked for no credentials; and the realms that asked. */
  prior: {
    start: PacketTime;
    frame: number;
    capture: CaptureName;
    challenge: PacketTime | null;
    realms?: string[];
  } | null;
}

/**
 * What is known of a SIP call or transaction while its messages come in.
 *
 * Every field is either "the earliest of its kind" or a small set, so that two states of the same call, made from the two
 * sides of a cut between captures, merge into the state that one capture would have given, in either order. Plain data: it
 * is stored in commits as JSON.
 */
export type SipState = CallState | TransactionState;

/** Which of two facts of a called phone counts; both may be missing. */
export function telling<F extends CalledFact>(a: F | null | undefined, b: F | null | undefined): F | null {
  if (!a || !b) return a ?? b ?? null;
  if (a.answered !== b.answered) return a.answered ? a : b;
  return notLater(a.time, b.time) ? a : b;
}

/** Order of states: by first message, then Call-ID and CSeq, so that it never depends on a table. */
export function compareStates(a: SipState, b: SipState): number {
  return (
    compareTime(a.firstS, a.firstNs, b.firstS, b.firstNs) ||
    (a.callId < b.callId ? -1 : a.callId > b.callId ? 1 : 0) ||
    (a.type === 'call' ? 0 : a.cseq) - (b.type === 'call' ? 0 : b.cseq)
  );
}
