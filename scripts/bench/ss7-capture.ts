import { PcapWriter } from '../../src/capture/write.ts';
import { sctpChecksum } from '../../src/network/sctp-checksum.ts';
import { parseScenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';

/** Ethernet, IPv4, SCTP with one DATA chunk, M3UA with one parameter: as the simulated network writes them. */
const IPV4 = 14;
const SCTP = IPV4 + 20;
const LABEL = SCTP + 12 + 16 + 8 + 4;
const SERVICE = LABEL + 8;
const USER = LABEL + 12;
const SCCP = 3;
const ISUP = 5;
/** Point codes of 14 bits, without 0 and the last. */
const POINT_CODES = 16_382;
/** Steps from one copy to the next: primes, so that what follows is spread over the range. */
const STEP = { address: 7, pointCode: 641, reference: 0x01_2345, transaction: 0x0101_0101, circuit: 37 };

/** Copies that are each of other elements; then they begin again, so that ten gigabytes are of the same network as one, for longer. */
const NETWORKS = 16;

/** A stretch of simulated signalling, in one piece of memory. */
interface Pattern {
  bytes: Buffer;
  /** Where each frame begins, one more for the end. */
  at: Uint32Array;
  seconds: Float64Array;
  nanoseconds: Float64Array;
  /** Seconds from one copy to the next. */
  span: number;
}

/**
 * Writes a mixed capture of the A interface, MAP, CAP and ISUP: an hour that is simulated once and repeated, each time of other
 * connections, transactions and circuits, and of one of {@link NETWORKS} sets of network elements and associations.
 *
 * @param megabytes of the simulated hour, at most
 * @returns messages
 */
export async function writeSs7Capture(path: string, size: number, megabytes: number): Promise<number> {
  const pattern = await simulated(megabytes);
  const writer = new PcapWriter(path);
  const frame = Buffer.alloc(2048);
  let written = 0;
  let messages = 0;
  for (let copy = 0; written < size; copy++) {
    for (let i = 0; i + 1 < pattern.at.length && written < size; i++) {
      const length = pattern.bytes.copy(frame, 0, pattern.at[i], pattern.at[i + 1]);
      const data = frame.subarray(0, length);
      if (copy > 0) renew(data, copy);
      writer.write(data, pattern.seconds[i]! + copy * pattern.span, pattern.nanoseconds[i]!);
      written += length + 16;
      messages++;
    }
  }
  writer.close();
  return messages;
}

async function simulated(megabytes: number): Promise<Pattern> {
  const scenario = parseScenario('', {
    seed: 1,
    subscribers: 4000,
    gateways: 12,
    everyGateway: { lines: 32 },
    hours: 1,
    start: '2024-03-05T10:00:00Z',
    country: '86',
    interfaces: ['a', 'map', 'cap', 'isup'],
    network: { cells: 20 },
    ss7: {
      ...{ pointCodes: 'itu', circuit: 1, exchanges: 4, carriers: 8, loss: 0, retransmissions: 0, periodic: 0.5 },
      ...{ clockA: 0, clockMap: 0, clockCap: 0, clockIsup: 0, camel: 0.8, camelTerminating: 0.5, textsIn: 10 },
    },
    population: { activity: 2, callsPerDay: 6 },
  });
  const bytes = Buffer.allocUnsafeSlow(megabytes * 1e6);
  const at: number[] = [0];
  const seconds: number[] = [];
  const nanoseconds: number[] = [];
  let length = 0;
  await simulate(scenario, {
    frame: (data, second, nanosecond) => {
      if (length + data.length > bytes.length) return;
      length += data.copy(bytes, length);
      at.push(length);
      seconds.push(second);
      nanoseconds.push(nanosecond);
    },
    call: () => {},
    label: () => {},
    scenario: () => {},
    close: () => {},
  });
  return {
    bytes: bytes.subarray(0, length),
    at: Uint32Array.from(at),
    seconds: Float64Array.from(seconds),
    nanoseconds: Float64Array.from(nanoseconds),
    span: Math.ceil(seconds.at(-1)! - seconds[0]!) + 1,
  };
}

/** Makes a frame one of other elements that have other states. */
function renew(frame: Buffer, copy: number): void {
  const network = copy % NETWORKS;
  for (const octet of [IPV4 + 13, IPV4 + 17]) frame[octet] = (frame[octet]! + network * STEP.address) & 0xff;
  for (const label of [LABEL, LABEL + 4]) {
    frame.writeUInt32BE(1 + ((frame.readUInt32BE(label) - 1 + network * STEP.pointCode) % POINT_CODES), label);
  }
  if (frame[SERVICE] === ISUP) {
    const circuit = frame.readUInt16LE(USER);
    frame.writeUInt16LE((circuit & 0xf000) | ((circuit + copy * STEP.circuit) & 0x0fff), USER);
  } else if (frame[SERVICE] === SCCP) {
    renewSccp(frame, copy);
  }
  frame.writeUInt16BE(0, IPV4 + 10);
  let sum = 0;
  for (let at = IPV4; at < SCTP; at += 2) sum += frame.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame.writeUInt16BE(~sum & 0xffff, IPV4 + 10);
  frame.writeUInt32LE(sctpChecksum(frame, SCTP, frame.length), SCTP + 8);
}

/** Local references (ITU-T Q.713 §3.2, §3.3) stand right after the type; transaction identifiers (Q.773 §3.1) begin the TCAP message. */
function renewSccp(frame: Buffer, copy: number): void {
  switch (frame[USER]) {
    // CR, DT1.
    case 1:
    case 6:
      renewReference(frame, USER + 1, copy);
      break;
    // CC, RLSD, RLC.
    case 2:
    case 4:
    case 5:
      renewReference(frame, USER + 1, copy);
      renewReference(frame, USER + 4, copy);
      break;
    // UDT: three pointers after the class; XUDT: four after class and hop counter. The third is that of the data.
    case 9:
      renewTransactions(frame, USER + 4 + frame[USER + 4]! + 1, copy);
      break;
    case 0x11:
      renewTransactions(frame, USER + 5 + frame[USER + 5]! + 1, copy);
      break;
  }
}

function renewReference(frame: Buffer, at: number, copy: number): void {
  frame.writeUIntBE((frame.readUIntBE(at, 3) + copy * STEP.reference) & 0xff_ffff, at, 3);
}

function renewTransactions(frame: Buffer, data: number, copy: number): void {
  const tag = frame[data];
  // Begin, end, continue, abort; what is no TCAP or the later part of a message has none of its own.
  if (tag !== 0x62 && tag !== 0x64 && tag !== 0x65 && tag !== 0x67) return;
  let at = data + 2 + (frame[data + 1]! > 0x80 ? frame[data + 1]! & 0x7f : 0);
  while (at + 6 <= frame.length && (frame[at] === 0x48 || frame[at] === 0x49) && frame[at + 1] === 4) {
    frame.writeUInt32BE((frame.readUInt32BE(at + 2) + copy * STEP.transaction) >>> 0, at + 2);
    at += 6;
  }
}
