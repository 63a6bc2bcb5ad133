import { encodeAddressString, encodeInteger, encodeTlv } from './ber-encode.ts';
import { ContextArc } from './tcap-dialogue.ts';

/** Last arcs of an application context: see `Tcap` in message.ts. */
export interface ContextName {
  context: number;
  version: number;
  /** 0 (MAP, CAP phases 1 and 2) where left out. */
  arc?: number;
}

/** A TCAP message (ITU-T Q.773 §3) to be written. */
export interface TcapText {
  type: 'unidirectional' | 'begin' | 'end' | 'continue' | 'abort';
  /** Transaction identifiers, unsigned 32 bits; those that the type has. */
  originating?: number;
  destination?: number;
  /** Dialogue portion: a request (AARQ) in a begin, else a response (AARE) that accepts; in an abort the user's (ABRT). */
  context?: ContextName;
  /** IMSI that a MAP-OPEN in the dialogue request is about. */
  referenceImsi?: string;
  /** P-Abort cause (Q.773 table 9), where there is no dialogue portion. */
  abortCause?: number;
  components?: readonly Buffer[];
}

const TYPES = { unidirectional: 0x61, begin: 0x62, end: 0x64, continue: 0x65, abort: 0x67 } as const;
/** dialogue-as-id (Q.773 §4.2.3): 0.0.17.773.1.1.1. */
const DIALOGUE = Buffer.from([0, 17, 0x86, 0x05, 1, 1, 1]);
/** map-DialogueAS (3GPP TS 29.002 §17.1.4): 0.4.0.0.1.1.1.1. */
const MAP_DIALOGUE = Buffer.from([4, 0, 0, 1, 1, 1, 1]);
/** Protocol version 1 (Q.773 §4.2.3): BIT STRING of one bit. */
const VERSION = encodeTlv(0x80, Buffer.from([0x07, 0x80]));

export function encodeTcap(message: TcapText): Buffer {
  const parts: Buffer[] = [];
  if (message.originating !== undefined) parts.push(encodeTlv(0x48, transaction(message.originating)));
  if (message.destination !== undefined) parts.push(encodeTlv(0x49, transaction(message.destination)));
  if (message.abortCause !== undefined) parts.push(encodeTlv(0x4a, Buffer.from([message.abortCause])));
  const dialogue = dialoguePdu(message);
  if (dialogue !== null) {
    parts.push(encodeTlv(0x6b, encodeTlv(0x28, encodeTlv(0x06, DIALOGUE), encodeTlv(0xa0, dialogue))));
  }
  if (message.components !== undefined) parts.push(encodeTlv(0x6c, ...message.components));
  return encodeTlv(TYPES[message.type], ...parts);
}

/** Invoke (Q.773 §3.3). */
export function encodeInvoke(invokeId: number, opcode: number, parameter?: Buffer, linkedId?: number): Buffer {
  return encodeTlv(
    0xa1,
    encodeInteger(0x02, invokeId),
    ...(linkedId === undefined ? [] : [encodeInteger(0x80, linkedId)]),
    encodeInteger(0x02, opcode),
    ...(parameter === undefined ? [] : [parameter]),
  );
}

/** Return result, last or not last; without a parameter it has no operation code (Q.773 §3.3). */
export function encodeResult(invokeId: number, opcode: number, parameter?: Buffer, last = true): Buffer {
  const inner = parameter === undefined ? [] : [encodeTlv(0x30, encodeInteger(0x02, opcode), parameter)];
  return encodeTlv(last ? 0xa2 : 0xa7, encodeInteger(0x02, invokeId), ...inner);
}

/** Return error (Q.773 §3.3). */
export function encodeError(invokeId: number, error: number, parameter?: Buffer): Buffer {
  return encodeTlv(
    0xa3,
    encodeInteger(0x02, invokeId),
    encodeInteger(0x02, error),
    ...(parameter === undefined ? [] : [parameter]),
  );
}

/** Reject (Q.773 §3.3) with a problem: 0 general, 1 invoke, 2 return result, 3 return error, and its code. */
export function encodeReject(invokeId: number, problem: 0 | 1 | 2 | 3, code: number): Buffer {
  return encodeTlv(0xa4, encodeInteger(0x02, invokeId), encodeInteger(0x80 + problem, code));
}

function dialoguePdu(message: TcapText): Buffer | null {
  const { context } = message;
  if (message.type === 'abort') {
    // ABRT by the user (Q.773 §4.2.3).
    return message.abortCause === undefined ? encodeTlv(0x64, encodeInteger(0x80, 0)) : null;
  }
  if (context === undefined) return null;
  const arc = context.arc ?? ContextArc.map;
  const name = encodeTlv(0xa1, encodeTlv(0x06, Buffer.from([4, 0, 0, 1, arc, context.context, context.version])));
  if (message.type === 'begin' || message.type === 'unidirectional') {
    const open = message.referenceImsi === undefined ? [] : [mapOpen(message.referenceImsi)];
    return encodeTlv(0x60, VERSION, name, ...open);
  }
  const accepted = encodeTlv(0xa2, encodeInteger(0x02, 0));
  const diagnostic = encodeTlv(0xa3, encodeTlv(0xa1, encodeInteger(0x02, 0)));
  return encodeTlv(0x61, VERSION, name, accepted, diagnostic);
}

/** MAP-OpenInfo with a destination reference (29.002 §17.4). */
function mapOpen(imsi: string): Buffer {
  const open = encodeTlv(0xa0, encodeTlv(0x80, encodeAddressString(imsi, 4, 6)));
  return encodeTlv(0xbe, encodeTlv(0x28, encodeTlv(0x06, MAP_DIALOGUE), encodeTlv(0xa0, open)));
}

function transaction(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes;
}
