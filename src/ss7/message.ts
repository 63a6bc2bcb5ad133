import type { Stop } from '../base/stop.ts';
import type { Digits } from './digits.ts';

/**
 * What the decoders fill in, as views over the bytes of a payload: reused for every message and valid only during the call that
 * hands them over. Numbers that are absent are -1, ranges that are absent have `start === end`, digits that are absent have
 * `count` 0. Text is made only where a record or an event asks for it.
 */
export interface Bytes {
  data: Buffer;
  start: number;
  end: number;
}

/** Point-code formats (ITU-T Q.704 §2.2, ANSI T1.111.4, GF 001-9001, JT-Q704). */
export const Ss7Variant = { itu: 0, ansi: 1, china: 2, japan: 3 } as const;
export type Ss7VariantId = (typeof Ss7Variant)[keyof typeof Ss7Variant];

/** Service indicators (Q.704 §14.2.1) of the users that are decoded. */
export const ServiceIndicator = { management: 0, test: 1, sccp: 3, tup: 4, isup: 5, bicc: 13 } as const;

/** One message signal unit: who sent it to whom, and its user part. */
export interface Msu extends Bytes {
  variant: Ss7VariantId;
  networkIndicator: number;
  serviceIndicator: number;
  /** Point codes; -1 where the transport has none (SCCP link type, SUA routed by title). */
  opc: number;
  dpc: number;
  /** Signalling link selection; -1 where unknown. */
  sls: number;
}

/** A called or calling party address (Q.713 §3.4, §3.5). */
export interface SccpAddress {
  present: boolean;
  pointCode: number;
  /** Subsystem number; -1 where absent. */
  ssn: number;
  /** Global title; its nature and plan stand in the digits. */
  title: Digits;
  translationType: number;
}

/** One SCCP message (Q.713), user data put together where it came in segments. */
export interface Sccp extends Bytes {
  /** Message type of Q.713 table 1 (CR 1, CC 2, CREF 3, RLSD 4, RLC 5, DT1 6, DT2 7, UDT 9, UDTS 10, IT 16, XUDT 17, ...). */
  type: number;
  calling: SccpAddress;
  called: SccpAddress;
  /** Local references of 24 bits; -1 where the message has none. */
  sourceReference: number;
  destinationReference: number;
  /** Release, refusal, return or reset cause; -1 where the message has none. */
  cause: number;
  /** The user data is a segment that others are missing of: nothing above SCCP is read. */
  segment: boolean;
}

/** One ISUP or BICC message (Q.763, Q.1902.3). */
export interface Isup {
  bicc: boolean;
  /** Message type code of Q.763 table 4. */
  type: number;
  /** Type of the message that a PAM passes along, whose parameters follow; -1 of all others. */
  passed: number;
  /** Circuit identification code, BICC: call instance code; -1 inside a SIP body. */
  cic: number;
  calling: Digits;
  called: Digits;
  originalCalled: Digits;
  redirecting: Digits;
  /** Generic number (Q.763 §3.26) and its number qualifier: of several the additional calling party number, else the first one. */
  generic: Digits;
  genericQualifier: number;
  /**
   * What was dialled, where the called party number leads to a ported number's network: called directory number (Q.763 §3.86), ANSI generic
   * address of a ported number (T1.113.3 §3.18).
   */
  dialled: Digits;
  /**
   * Who answered, which may be another than was called, where that was forwarded or hunts through a group: connected number of ANM and CON
   * (Q.763 §3.16).
   */
  connected: Digits;
  /** Who pays for the call, which North American networks say where the caller is not told: charge number (T1.113.3 §3.10). */
  charge: Digits;
  /** Subsequent digits of a SAM. */
  subsequent: Digits;
  /** Q.850 cause value. */
  cause: number;
  /** Location of the cause (Q.850 §2.2.3). */
  causeLocation: number;
  /** Calling party's category (Q.763 §3.11). */
  category: number;
  /** Suspend/resume indicators (network 1, user 0), event information of CPG (Q.763 §3.21, low 7 bits); -1. */
  suspendByNetwork: number;
  event: number;
  /**
   * Why a backward message says that the call was forwarded, a redirecting reason (Q.763 §3.6): 0 not told, 1 busy, 2 no reply, 3 unconditional,
   * 4 and 5 deflected by the user, 6 not reachable; -1 where it says no such thing.
   */
  forwarded: number;
  /** Called party's status of ACM and CPG (Q.763 §3.5, bits DC: 1 subscriber free). */
  calledStatus: number;
  /** Continuity indicator of a COT (Q.763 §3.18): 0 the check failed, 1 it did not; -1. */
  continuity: number;
  /** Circuits of a group message: the range (count - 1), and a bit for each that it is about (Q.763 §3.43), the lowest one first. */
  range: number;
  status: Bytes;
  /** Why circuits are blocked or unblocked (Q.763 §3.13): 0 maintenance, 1 hardware failure; -1. */
  supervision: number;
}

/** One TCAP message (Q.773, ANSI T1.114). */
export interface Tcap {
  ansi: boolean;
  /** Q.773: 1 unidirectional, 2 begin, 4 end, 5 continue, 7 abort. ANSI package types are brought to these. */
  type: number;
  /** Transaction identifiers: ranges of 0 to 4 bytes. */
  originating: Bytes;
  destination: Bytes;
  /**
   * Application context, of this message or remembered of the begin of its transaction: the last two arcs of its name (context,
   * version); -1 where not given.
   */
  context: number;
  contextVersion: number;
  /** The arc before them: under 0.4.0.0.1 it is 0 (MAP, CAP phases 1 and 2), 21 (CAP phase 3), 23 (phase 4); 1001 of INAP; -1. */
  contextArc: number;
  /**
   * The answer of a side that does not know the context, and names the one that it would accept (29.002 §7.3.1), or that knows none at all:
   * nothing was read.
   */
  refused: boolean;
  /** Destination reference of a MAP-OPEN (3GPP TS 29.002 §7.3.2): the IMSI (plan 6) or number that a dialogue is about. */
  reference: Digits;
  /** Number of the subscriber, which exchanges of Ericsson put into a MAP-OPEN. */
  referenceNumber: Digits;
}

/** Component kinds of Q.773 §4.2.2. */
export const ComponentType = { invoke: 1, result: 2, error: 3, reject: 4, resultNotLast: 7 } as const;

/** In place of an invoke identifier where there is none: they are -128 to 127 (Q.773 §3.3.1), and some count to 255. */
export const NO_INVOKE = -0x8000;

/** One component of a TCAP message. */
export interface Component {
  type: number;
  /** {@link NO_INVOKE} where it has none, as below. */
  invokeId: number;
  linkedId: number;
  /** Local operation code, of ANSI family × 256 + specifier; on a result that has none, that of the invoke it answers where it was seen; else -1. */
  opcode: number;
  /** Error code of a return error; -1. */
  error: number;
  /** The parameter, tag and length included. */
  parameter: Bytes;
}

/** A cell, location area or service area as the message gives it. */
export interface CellView {
  /** Three BCD digits as a number (460); -1 where absent. */
  mcc: number;
  mnc: number;
  /** Digits of the MNC: 2 or 3. */
  mncDigits: number;
  /** Location area code; -1. */
  lac: number;
  /** Cell identity or service area code; -1. */
  ci: number;
}

/** What a MAP, CAP or INAP operation says of a subscriber and a call. */
export interface Operation {
  /** Which table the opcode is named by: `map`, `cap` or `inap`. */
  protocol: 'map' | 'cap' | 'inap';
  imsi: Digits;
  msisdn: Digits;
  imei: Digits;
  calling: Digits;
  called: Digits;
  /** Roaming number (MSRN), forwarded-to number, original called number, by operation. */
  roaming: Digits;
  forwardedTo: Digits;
  originalCalled: Digits;
  /** Redirecting number and location number of an initialDP (Q.763 §3.44, §3.30). */
  redirecting: Digits;
  locationNumber: Digits;
  msc: Digits;
  vlr: Digits;
  sgsn: Digits;
  hlr: Digits;
  gmsc: Digits;
  serviceCentre: Digits;
  /** Originator or destination of the short message's TPDU, and the octets of its user data; -1. */
  smsAddress: Digits;
  /** Its name where the originator has one and no number, packed septets; else `start === end`. */
  smsName: Bytes;
  smsLength: number;
  /** Message type indicator of the TPDU (3GPP TS 23.040 §9.2.3.1: 0 deliver, 1 submit, 2 status report or command); -1. */
  smsType: number;
  cell: CellView;
  /** TMSI where given, else `start === end`. */
  tmsi: Bytes;
  /** Supplementary service code, USSD data coding and string; `start === end`. */
  ssCode: number;
  ussd: Bytes;
  ussdCoding: number;
  /** CAP. */
  serviceKey: number;
  eventType: number;
  /** Leg of an event report: 1 calling, 2 called; -1. */
  leg: number;
  /** Calling party's category of an initialDP (Q.763 §3.11); -1. */
  category: number;
  /** First octet of a bearer service or teleservice (29.002 §17.7.9), 0x11 telephony, by operation; -1. */
  bearerService: number;
  teleservice: number;
  cause: number;
  callReference: Bytes;
  /** User service information of an initialDP (Q.763 §3.57), and its local time (TimeAndTimezone of 29.078 §5.1). */
  bearer: Bytes;
  localTime: Bytes;
  /** 3GPP TS 24.008 classmark 2 of an initialDP. */
  classmark: Bytes;
  /** Tenths of a second of an applyChargingReport, or connected as of a callInformationReport; -1. */
  elapsed: number;
  /** Whether the leg of an applyChargingReport is still active (legActive of 29.078 §5.1): 1 or 0; -1 where not told, which is as 1. */
  legActive: number;
  /** Equipment status of a checkIMEI result: 0 white, 1 black, 2 grey; -1. */
  equipmentStatus: number;
}

/** What a layer 3 message of the radio interface says (3GPP TS 24.008, 24.011), from DTAP or RANAP. */
export interface Nas {
  /** Protocol discriminator: 3 CC, 5 MM, 9 SMS, 11 SS; -1 where there is no layer 3 message. */
  discriminator: number;
  /** Transaction identifier with its flag bit (0-15); -1. */
  transaction: number;
  /** Message type without send sequence bits. */
  type: number;
  imsi: Digits;
  imei: Digits;
  imeisv: Digits;
  /** TMSI, P-TMSI: unsigned number; -1. */
  tmsi: number;
  calling: Digits;
  called: Digits;
  /** Who the call was for first. */
  redirecting: Digits;
  cause: number;
  /** Reject cause of MM. */
  reject: number;
  /** Location updating type: 0 normal, 1 periodic, 2 attach; -1. */
  luType: number;
  /** CM service type; -1. */
  service: number;
  area: CellView;
  classmark: Bytes;
  /** The message of 24.011 (CP type, RP type), the address and length of its TPDU. */
  rpType: number;
  smsAddress: Digits;
  /** Its name where the originator has one and no number, packed septets; else `start === end`. */
  smsName: Bytes;
  smsLength: number;
  /** Message type indicator of the TPDU (23.040 §9.2.3.1: 0 deliver, 1 submit, 2 status report or command); -1. */
  smsType: number;
  serviceCentre: Digits;
  ussd: Bytes;
  ussdCoding: number;
  /** Location of the cause (24.008 §10.5.4.11: 0 user, 1 to 5 networks, 10 beyond interworking); -1. */
  causeLocation: number;
  /** Which identity an identity request asks for: 1 IMSI, 2 IMEI, 3 IMEISV, 4 TMSI; -1. */
  identityType: number;
  /** Component of a supplementary service (24.080 §3.6.1): its kind as in {@link ComponentType}, operation and service; -1. */
  ssComponent: number;
  ssOperation: number;
  ssCode: number;
  /** Number that calls are forwarded to. */
  forwardedTo: Digits;
}

/** One BSSAP (3GPP TS 48.008) or RANAP (25.413) message. */
export interface Radio {
  protocol: 'bssap' | 'ranap';
  /** BSSMAP message type, RANAP procedure code; -1 of DTAP. */
  type: number;
  /** RANAP: 0 initiating, 1 successful, 2 unsuccessful, 3 outcome; -1 of BSSAP. */
  outcome: number;
  imsi: Digits;
  imeisv: Digits;
  tmsi: number;
  cell: CellView;
  cause: number;
  /** Classmark 2. */
  classmark: Bytes;
  classmark3: Bytes;
  /** Where a handover or relocation goes to. */
  target: CellView;
  /** RANAP: 0 circuit switched, 1 packet switched domain; -1 where not said, and of BSSAP. */
  domain: number;
  /** BSSMAP: terrestrial circuit (3GPP TS 48.008 §3.2.2.2), 16 bits; -1. */
  circuit: number;
  /** BSSMAP: identifier of a call over IP (48.008 §3.2.2.105), 32 bits; -1. Those that a RESET IP RESOURCE lists, four octets each. */
  callIdentifier: number;
  callIdentifiers: Bytes;
  /** RANAP: Iu signalling connection identifier, 24 bits; -1. Those that a RESET RESOURCE lists, as its list element. */
  iuConnection: number;
  iuConnections: Bytes;
  /**
   * What the new controller of a handover or relocation tells the phone through the old one: the layer 3 information of BSSMAP (48.008
   * §3.2.2.24) or of RANAP, else its transparent container (25.413 §9.2.1.30); the same bytes on both connections.
   */
  handoverMessage: Bytes;
  /** The layer 3 message inside: all absent where there is none. */
  nas: Nas;
}

/** One Diameter message (RFC 6733), and what S6a and S13 say of a subscriber (3GPP TS 29.272). */
export interface Diameter {
  isRequest: boolean;
  /** Command code: 316 update location, ... */
  command: number;
  /** Application: 16777251 S6a, 16777252 S13; 0 the base protocol. */
  application: number;
  hopByHop: number;
  endToEnd: number;
  session: Bytes;
  originHost: Bytes;
  destinationHost: Bytes;
  /** Digits as characters: IMSI, IMEI (14 or 15) and its software version. */
  imsi: Bytes;
  imei: Bytes;
  softwareVersion: Bytes;
  msisdn: Digits;
  /** Visited network; where the phone is, `lac` its tracking area and `ci` its cell of 28 bits where it is one of 4G. */
  cell: CellView;
  /** Result code of an answer, the base protocol's (2001) or 3GPP's (5001, 5421, ...); -1. */
  result: number;
  /** ULR-Flags: bit 5 the phone attaches; -1. */
  updateFlags: number;
  /** 0 allowed, 1 barred, 2 tracked; -1. */
  equipmentStatus: number;
  /** Of a CLR: 0 the phone went to another node, 2 the subscription was withdrawn; -1. */
  cancellationType: number;
}

/** One message of SGsAP (3GPP TS 29.118), between the node that serves a phone of 4G and a visitor location register. */
export interface Sgsap {
  type: number;
  imsi: Digits;
  imeisv: Digits;
  /** TMSI and caller of a page; TMSI that a location update gives; -1. */
  tmsi: number;
  calling: Digits;
  /** Location area, of a location update the new one; tracking area and cell of 28 bits. */
  area: CellView;
  cell: CellView;
  cause: number;
  reject: number;
  /** Values of §9.4.2, §9.4.7 or §9.4.8, §9.4.17 (1 call, 2 short message); -1. */
  updateType: number;
  detachType: number;
  service: number;
  classmark: Bytes;
  mmeName: Bytes;
  vlrName: Bytes;
  nas: Nas;
}

/** Protocol of a message record, as `protocol` names it. */
export type Ss7Protocol =
  | 'mtp3'
  | 'm3ua'
  | 'sua'
  | 'sccp'
  | 'isup'
  | 'bicc'
  | 'tcap'
  | 'map'
  | 'cap'
  | 'inap'
  | 'bssap'
  | 'ranap'
  | 'diameter'
  | 'sgsap';

/** One message or TCAP component, all its layers. Those that `protocol` has no use for are stale: do not read them. */
export interface Ss7Message {
  protocol: Ss7Protocol;
  msu: Msu;
  sccp: Sccp;
  isup: Isup;
  tcap: Tcap;
  component: Component;
  /** Number of the component in its TCAP message, from 0; -1 of a message without components. */
  index: number;
  operation: Operation;
  radio: Radio;
  diameter: Diameter;
  sgsap: Sgsap;
  /** Where decoding of this message stopped, null where it was read to its end. */
  stop: Stop | null;
}
