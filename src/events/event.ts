import type { PacketTime } from '../base/time.ts';
import type { CaptureName } from './capture-name.ts';

/** What a line did. */
export const EVENT_KINDS = [
  'leg',
  'sms',
  'presence',
  'device',
  'auth',
  'registration',
  'ussd',
  'forwarding',
  'handover',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/**
 * How a leg or transaction ended.
 * leg: answered, busy, rejected, no_answer, cancelled, failed, redirected, open (still open at the end of the captures).
 * registration: registered, deregistered, rejected, challenged (no second attempt), open. sms: delivered, rejected, open.
 */
export type Outcome =
  | 'answered'
  | 'busy'
  | 'rejected'
  | 'no_answer'
  | 'cancelled'
  | 'failed'
  | 'redirected'
  | 'open'
  | 'registered'
  | 'deregistered'
  | 'challenged'
  | 'delivered';

/**
 * One event: what was seen on one interface, identities as they stood there. Columns and their order are a contract: the same
 * names stand in NDJSON, CSV and Parquet. A column without a value is null. Times become ISO 8601 UTC text with nanoseconds
 * only where a record is written.
 *
 * A call seen on several interfaces is several legs, one for each interface and line: nothing in them says which belong together.
 * What joins them is in each: `interface`, `direction`, the line and its `counterpart`, `time`, `answer_time`, `end_time`.
 * - sip: caller or called by `direction`; times of INVITE, 200 and BYE or of the final response. Cell and device are those of
 *   the line's phone, of a called one as its responses say.
 * - isup: the caller as `msisdn`, always originating; times of IAM, ANM or CON and REL. `trunk` names the circuit.
 * - cap: the subscriber whose service it is, with IMSI; times of InitialDP and of the event reports.
 * - map: no calls; of 4G lines what Diameter says in its place between the same registers and nodes (S6a, S13).
 * - bssap, ranap: the phone, by IMSI or TMSI and without its own number: who is who names it; times of SETUP, CONNECT and
 *   DISCONNECT. A call between two phones has two legs. bssap: of phones of 4G what SGsAP says in its place.
 * So the legs of one conversation have the same two numbers, one of them as `counterpart`, and their answers and ends within the
 * time that signalling takes from one interface to the next; `time` may differ by seconds, for a leg begins when its interface is
 * reached.
 */
export interface CatpoolEvent {
  kind: EventKind;
  /** Start: INVITE, REGISTER, MESSAGE, ... */
  time: PacketTime;
  /** Name of the probe whose captures these are. */
  feed: string;
  interface: 'sip' | 'isup' | 'cap' | 'map' | 'bssap' | 'ranap';
  /**
   * Of the line named by imsi/msisdn/aor: originating or terminating; null of a call to it that its network forwards (CAP). A presence that
   * terminates at it is a question that a network asked about it.
   */
  direction: 'originating' | 'terminating' | null;
  imsi: string | null;
  /** E.164 digits without `+`. Of a request with the credentials of another account than it says to be from, the number it presents. */
  msisdn: string | null;
  /** SIP address of record, `user@host`: of such a request the account's. */
  aor: string | null;
  tmsi: string | null;
  /** The other number: E.164 digits, else user part or address; of a service that was called by its name that (`urn:service:sos`). */
  counterpart: string | null;
  answer_time: PacketTime | null;
  end_time: PacketTime | null;
  /** From the first INVITE to the first ringing or answer (post-dial delay), ms. */
  setup_ms: number | null;
  /** From ringing to answer or end, ms. */
  ring_ms: number | null;
  /** From answer to release, ms. */
  talk_ms: number | null;
  outcome: Outcome | null;
  /** ITU-T Q.850 cause value. */
  cause: number | null;
  sip_status: number | null;
  released_by: 'caller' | 'called' | 'network' | null;
  /** OPC-DPC-CIC, or the SIP peer (address of the far end). */
  trunk: string | null;
  /** Access as P-Access-Network-Info names it: `3GPP-E-UTRAN-FDD`, `IEEE-802.11`, ... */
  access: string | null;
  mcc: string | null;
  mnc: string | null;
  lac: number | null;
  cell: string | null;
  visited: string | null;
  lu_type: string | null;
  /** 14 significant digits. */
  imei: string | null;
  /** Software version, two digits. */
  imeisv: string | null;
  classmark: string | null;
  /**
   * How long the phone and its SIM took to answer a challenge, ms: from 401 or 407 to the authorised request (RFC 3261 §22), from
   * AUTHENTICATION REQUEST to AUTHENTICATION RESPONSE (3GPP TS 24.008 §4.3.2) in `auth` events of bssap and ranap. Null of all
   * else. An `auth` event of map is the register's work (sendAuthenticationInfo): it took from `time` to `end_time`.
   */
  latency_ms: number | null;
  /**
   * Of a forwarding the operation and the condition: `register unconditional`. Of a leg that and why its call went on to another number, so that
   * the answer is not that of the line that was called: `forwarded no_reply` (SIP, ISUP, CAP).
   */
  forwarding: string | null;
  ussd_code: string | null;
  /** Bytes of the text of a short message. */
  sms_length: number | null;
  /** IP address and port the line's request came from. */
  endpoint: string | null;
  /** Host and port of its Contact. */
  contact: string | null;
  /** The top Via's sent-by is not the address the packet came from. */
  via_mismatch: boolean | null;
  user_agent: string | null;
  /** Digest of the shape of the SDP offer: o= user and session name shape, codecs in order. No keys, no addresses. */
  sdp_fingerprint: string | null;
  /** Digest of the order and spelling of header names in the request. */
  header_order: string | null;
  /** Shape of branch, tag and Call-ID: `d` decimal, `x` hexadecimal, `a` letters..., with lengths. */
  id_shape: string | null;
  /** Media offered: `audio`, `audio+video`, ...; with `address:port` of the first stream. */
  media: string | null;
  keep_alive_s: number | null;
  expires_s: number | null;
  /** Deterministic: the same whatever the cut of the captures. */
  event_id: string;
  /** The captures of the first and last packet, and the numbers of these packets in them. */
  first_capture: CaptureName;
  first_frame: number;
  last_capture: CaptureName;
  last_frame: number;
}

/** Column names in the order of the contract, with their types in tables. */
export const EVENT_COLUMNS = {
  kind: 'text',
  time: 'time',
  feed: 'text',
  interface: 'text',
  direction: 'text',
  imsi: 'text',
  msisdn: 'text',
  aor: 'text',
  tmsi: 'text',
  counterpart: 'text',
  answer_time: 'time',
  end_time: 'time',
  setup_ms: 'real',
  ring_ms: 'real',
  talk_ms: 'real',
  outcome: 'text',
  cause: 'integer',
  sip_status: 'integer',
  released_by: 'text',
  trunk: 'text',
  access: 'text',
  mcc: 'text',
  mnc: 'text',
  lac: 'integer',
  cell: 'text',
  visited: 'text',
  lu_type: 'text',
  imei: 'text',
  imeisv: 'text',
  classmark: 'text',
  latency_ms: 'real',
  forwarding: 'text',
  ussd_code: 'text',
  sms_length: 'integer',
  endpoint: 'text',
  contact: 'text',
  via_mismatch: 'boolean',
  user_agent: 'text',
  sdp_fingerprint: 'text',
  header_order: 'text',
  id_shape: 'text',
  media: 'text',
  keep_alive_s: 'integer',
  expires_s: 'integer',
  event_id: 'text',
  first_capture: 'text',
  first_frame: 'integer',
  last_capture: 'text',
  last_frame: 'integer',
} as const satisfies Record<keyof CatpoolEvent, ColumnType>;

export type ColumnType = 'text' | 'time' | 'integer' | 'real' | 'boolean';
export type EventColumn = keyof typeof EVENT_COLUMNS;

/** Whether an event is a question that a network asked about a line. */
export function isEnquiry({ kind, direction }: Pick<CatpoolEvent, 'kind' | 'direction'>): boolean {
  return kind === 'presence' && direction === 'terminating';
}

/** Name of no capture, for events that did not come from one. */
const NO_CAPTURE: CaptureName = { sha256: '' };

/** An event with nothing seen yet. One literal, so that every event has the same shape. */
export function emptyEvent(
  kind: EventKind,
  time: PacketTime,
  feed: string,
  over: CatpoolEvent['interface'],
): CatpoolEvent {
  return {
    kind,
    time,
    feed,
    interface: over,
    direction: null,
    imsi: null,
    msisdn: null,
    aor: null,
    tmsi: null,
    counterpart: null,
    answer_time: null,
    end_time: null,
    setup_ms: null,
    ring_ms: null,
    talk_ms: null,
    outcome: null,
    cause: null,
    sip_status: null,
    released_by: null,
    trunk: null,
    access: null,
    mcc: null,
    mnc: null,
    lac: null,
    cell: null,
    visited: null,
    lu_type: null,
    imei: null,
    imeisv: null,
    classmark: null,
    latency_ms: null,
    forwarding: null,
    ussd_code: null,
    sms_length: null,
    endpoint: null,
    contact: null,
    via_mismatch: null,
    user_agent: null,
    sdp_fingerprint: null,
    header_order: null,
    id_shape: null,
    media: null,
    keep_alive_s: null,
    expires_s: null,
    event_id: '',
    first_capture: NO_CAPTURE,
    first_frame: 0,
    last_capture: NO_CAPTURE,
    last_frame: 0,
  };
}
