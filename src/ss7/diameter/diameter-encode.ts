import { encodeDigits } from '../digits.ts';
import { encodePlmn, two } from '../radio/nas-elements-encode.ts';
import { DiameterApplication, DiameterCommand } from './diameter-names.ts';

/** Vendor of 3GPP. */
const TGPP = 10_415;

/** What all messages have. */
interface Header {
  hopByHop: number;
  endToEnd: number;
  session: string;
  /** Host and realm of who writes; realm of who is written to, and its host where it is known. */
  origin: readonly [host: string, realm: string];
  destination?: readonly [host: string | null, realm: string];
}

interface Network {
  mcc: string;
  mnc: string;
}

/** One attribute-value pair (RFC 6733 §4.1), padded; of 3GPP where `vendor` says so. Mandatory. */
export function encodePair(code: number, value: Buffer, vendor = 0): Buffer {
  const header = vendor === 0 ? 8 : 12;
  const bytes = Buffer.alloc(header + ((value.length + 3) & ~3));
  bytes.writeUInt32BE(code, 0);
  bytes[4] = vendor === 0 ? 0x40 : 0xc0;
  bytes.writeUIntBE(header + value.length, 5, 3);
  if (vendor !== 0) bytes.writeUInt32BE(vendor, 8);
  value.copy(bytes, header);
  return bytes;
}

/** A message (RFC 6733 §3) of these pairs. */
export function encodeDiameter(
  fields: { command: number; application: number; isRequest: boolean } & Pick<Header, 'hopByHop' | 'endToEnd'>,
  pairs: readonly Buffer[],
): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 1;
  header.writeUIntBE(20 + pairs.reduce((sum, { length }) => sum + length, 0), 1, 3);
  // Requests and answers of an application go through proxies.
  header[4] = (fields.isRequest ? 0x80 : 0) | (fields.application === 0 ? 0 : 0x40);
  header.writeUIntBE(fields.command, 5, 3);
  header.writeUInt32BE(fields.application, 8);
  header.writeUInt32BE(fields.hopByHop, 12);
  header.writeUInt32BE(fields.endToEnd, 16);
  return Buffer.concat([header, ...pairs]);
}

const text = (code: number, value: string, vendor = 0): Buffer => encodePair(code, Buffer.from(value), vendor);
const tgpp = (code: number, value: Buffer): Buffer => encodePair(code, value, TGPP);
const group = (code: number, ...pairs: Buffer[]): Buffer => tgpp(code, Buffer.concat(pairs));

function four(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Terminal-Information (29.272 §7.3.3). */
const terminal = (imei: string, softwareVersion: string | undefined): Buffer =>
  group(1401, text(1402, imei, TGPP), ...(softwareVersion === undefined ? [] : [text(1403, softwareVersion, TGPP)]));
/** Subscription-Data (§7.3.2) with nothing but the number. */
const subscription = (msisdn: string): Buffer => group(1400, tgpp(701, encodeDigits(msisdn, 15)));

/** A request of S6a or S13: session, application, no state kept (§7.1.4), origin, destination, IMSI where there is one, the rest. */
function request(application: number, command: number, header: Header, imsi: string | null, rest: Buffer[]): Buffer {
  const { session, origin, destination } = header;
  const [host, realm] = destination ?? [null, origin[1]];
  return encodeDiameter({ ...header, command, application, isRequest: true }, [
    text(263, session),
    vendorApplication(application),
    encodePair(277, four(1)),
    text(264, origin[0]),
    text(296, origin[1]),
    ...(host === null ? [] : [text(293, host)]),
    text(283, realm),
    ...(imsi === null ? [] : [text(1, imsi)]),
    ...rest,
  ]);
}

/** Vendor-Specific-Application-Id (RFC 6733 §6.11). */
function vendorApplication(application: number): Buffer {
  return encodePair(260, Buffer.concat([encodePair(266, four(TGPP)), encodePair(258, four(application))]));
}

/** ULR (29.272 §7.2.3). `initial`: the phone attaches. */
export function encodeUpdateLocationRequest(
  fields: Header & { imsi: string; visited: Network; imei?: string; softwareVersion?: string; initial?: boolean },
): Buffer {
  const { imsi, imei, softwareVersion, visited } = fields;
  return request(DiameterApplication.s6a, DiameterCommand.updateLocation, fields, imsi, [
    ...(imei === undefined ? [] : [terminal(imei, softwareVersion)]),
    tgpp(1032, four(1004)),
    tgpp(1405, four(fields.initial === true ? 0x22 : 2)),
    tgpp(1407, encodePlmn(visited)),
  ]);
}

/** CLR (§7.2.7). `type`: 0 the phone went to another node, 2 the subscription was withdrawn. */
export function encodeCancelLocationRequest(fields: Header & { imsi: string; type: 0 | 1 | 2 | 3 | 4 }): Buffer {
  return request(DiameterApplication.s6a, DiameterCommand.cancelLocation, fields, fields.imsi, [
    tgpp(1420, four(fields.type)),
  ]);
}

/** AIR (§7.2.5) for one vector of E-UTRAN. */
export function encodeAuthenticationInformationRequest(fields: Header & { imsi: string; visited: Network }): Buffer {
  return request(DiameterApplication.s6a, DiameterCommand.authenticationInformation, fields, fields.imsi, [
    group(1408, tgpp(1410, four(1)), tgpp(1412, four(1))),
    tgpp(1407, encodePlmn(fields.visited)),
  ]);
}

/** IDR (§7.2.9). */
export function encodeInsertSubscriberDataRequest(fields: Header & { imsi: string; msisdn: string }): Buffer {
  return request(DiameterApplication.s6a, DiameterCommand.insertSubscriberData, fields, fields.imsi, [
    subscription(fields.msisdn),
    tgpp(1490, four(0)),
  ]);
}

/** PUR (§7.2.13). */
export function encodePurgeUeRequest(fields: Header & { imsi: string }): Buffer {
  return request(DiameterApplication.s6a, DiameterCommand.purgeUe, fields, fields.imsi, []);
}

/** NOR (§7.2.17), with the device where it is another one. */
export function encodeNotifyRequest(
  fields: Header & { imsi: string; imei?: string; softwareVersion?: string },
): Buffer {
  const { imei, softwareVersion } = fields;
  return request(DiameterApplication.s6a, DiameterCommand.notify, fields, fields.imsi, [
    ...(imei === undefined ? [] : [terminal(imei, softwareVersion)]),
    tgpp(1443, four(0)),
  ]);
}

/** ECR (§7.2.19) of S13. */
export function encodeMeIdentityCheckRequest(
  fields: Header & { imsi?: string; imei: string; softwareVersion?: string },
): Buffer {
  return request(DiameterApplication.s13, DiameterCommand.meIdentityCheck, fields, fields.imsi ?? null, [
    terminal(fields.imei, fields.softwareVersion),
  ]);
}

/**
 * The answer to a command. `result` from 5000 on, but for the base protocol's, is one of 3GPP (§7.4.3). What an answer says besides: number of
 * the subscriber (ULA), status of the device (ECA), where the phone is (IDA), a vector (AIA) of random bytes.
 */
export function encodeDiameterAnswer(
  fields: Header & {
    command: number;
    result: number;
    msisdn?: string;
    equipmentStatus?: 0 | 1 | 2;
    location?: Network & { tac: number; cell: number };
    vector?: Buffer;
  },
): Buffer {
  const { command, result, msisdn, equipmentStatus, location, vector } = fields;
  const application = command === DiameterCommand.meIdentityCheck ? DiameterApplication.s13 : DiameterApplication.s6a;
  const isOf3gpp = result >= 5400 && result < 5500;
  const pairs = [
    text(263, fields.session),
    vendorApplication(application),
    isOf3gpp
      ? encodePair(297, Buffer.concat([encodePair(266, four(TGPP)), encodePair(298, four(result))]))
      : encodePair(268, four(result)),
    encodePair(277, four(1)),
    text(264, fields.origin[0]),
    text(296, fields.origin[1]),
  ];
  if (msisdn !== undefined) pairs.push(tgpp(1406, four(1)), subscription(msisdn));
  if (equipmentStatus !== undefined) pairs.push(tgpp(1445, four(equipmentStatus)));
  if (location !== undefined) {
    const network = encodePlmn(location);
    const area = tgpp(1603, Buffer.concat([network, two(location.tac)]));
    const cell = tgpp(1602, Buffer.concat([network, four(location.cell)]));
    pairs.push(group(1496, group(1600, cell, area)));
  }
  if (vector !== undefined) {
    const part = (code: number, from: number, to: number): Buffer => tgpp(code, vector.subarray(from, to));
    // RAND, XRES, AUTN, KASME (§7.3.53 to §7.3.56).
    pairs.push(group(1413, group(1414, part(1447, 0, 16), part(1448, 16, 24), part(1449, 24, 40), part(1450, 40, 72))));
  }
  return encodeDiameter({ ...fields, application, isRequest: false }, pairs);
}
