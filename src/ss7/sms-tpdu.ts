import { type Digits, setDigits } from './digits.ts';
import { natureOf } from './location.ts';
import type { Bytes } from './message.ts';
import { setBytes } from './operation.ts';

/** What is kept of a short message: never its text. */
export interface SmsView {
  smsAddress: Digits;
  smsName: Bytes;
  smsLength: number;
}

/** TP-MTI of 3GPP TS 23.040 §9.2.3.1, mobile-terminated names / mobile-originated ones. */
export const SmsType = { deliver: 0, submit: 1, statusReport: 2 } as const;

/** Digits of an address at most (§9.1.2.5: 10 octets of value). */
const ADDRESS_DIGITS_MAX = 20;
/** Type of number of an alphanumeric originator (§9.1.2.5): its value is text. */
const ALPHANUMERIC = 5;
/** Octets of TP-VP by TP-VPF (§9.2.3.3): none, enhanced, relative, absolute. */
const VALIDITY_OCTETS = [0, 7, 1, 7] as const;
/** TP-UDHI (§9.2.3.23): the user data begins with a header. */
const USER_DATA_HEADER = 0x40;
/** Octets of a time stamp (§9.2.3.11). */
const TIME_OCTETS = 7;

/**
 * Reads a TPDU: the originator's address of SMS-DELIVER, the destination of SMS-SUBMIT and SMS-COMMAND, the recipient of
 * SMS-STATUS-REPORT (3GPP TS 23.040 §9.2.2), and the octets of the text. What is cut off stays absent.
 *
 * @param fromMobile it goes from the mobile station to the service centre
 * @returns TP-MTI; -1 where there is nothing
 */
export function readTpdu(data: Buffer, start: number, end: number, fromMobile: boolean, out: SmsView): number {
  if (end <= start) return -1;
  const first = data[start]!;
  const type = first & 3;
  if (fromMobile) {
    // SMS-SUBMIT: reference, destination, protocol, coding, validity, user data (§9.2.2.2).
    if (type === SmsType.submit) {
      const at = readAddress(data, start + 2, end, out);
      readLength(data, first, at + 1, at + 2 + VALIDITY_OCTETS[(first >> 3) & 3]!, end, out);
    }
    // SMS-COMMAND: reference, protocol, command, message number, destination, command data (§9.2.2.4).
    if (type === SmsType.statusReport) {
      const at = readAddress(data, start + 5, end, out);
      if (at < end) out.smsLength = data[at]!;
    }
  } else if (type === SmsType.deliver) {
    // SMS-DELIVER: originator, protocol, coding, time, user data (§9.2.2.1).
    const at = readAddress(data, start + 1, end, out);
    readLength(data, first, at + 1, at + 2 + TIME_OCTETS, end, out);
  } else if (type === SmsType.statusReport) {
    // SMS-STATUS-REPORT: reference, recipient, ... (§9.2.2.3).
    readAddress(data, start + 2, end, out);
  }
  return type;
}

/** An address field (§9.1.2.5): number of digits, type of number and plan, digits. @returns the offset after it */
function readAddress(data: Buffer, at: number, end: number, { smsAddress, smsName }: SmsView): number {
  if (at + 2 > end) return end;
  const digits = data[at]!;
  const octet = data[at + 1]!;
  const from = at + 2;
  const to = from + ((digits + 1) >> 1);
  if (to > end || digits > ADDRESS_DIGITS_MAX) return to;
  if (((octet >> 4) & 7) === ALPHANUMERIC) {
    setBytes(smsName, data, from, to);
  } else {
    setDigits(smsAddress, data, from, to, 0, digits);
    smsAddress.nature = natureOf(octet);
    smsAddress.plan = octet & 15;
  }
  return to;
}

/**
 * TP-UDL counts septets of the 7-bit alphabet, else octets (§9.2.3.16). A header, which links the parts of a long message, is no text; behind
 * it septets begin at the next boundary of septets (§9.2.3.24).
 */
function readLength(data: Buffer, first: number, coding: number, at: number, end: number, out: SmsView): void {
  if (at >= end) return;
  const length = data[at]!;
  const header = (first & USER_DATA_HEADER) !== 0 && at + 1 < end ? 1 + data[at + 1]! : 0;
  if (isSeptets(data[coding]!)) out.smsLength = Math.ceil((Math.max(0, length - Math.ceil((header * 8) / 7)) * 7) / 8);
  else out.smsLength = Math.max(0, length - header);
}

/** Whether a data coding scheme means packed septets of the default alphabet (3GPP TS 23.038 §4). */
function isSeptets(coding: number): boolean {
  const group = coding >> 4;
  if (group < 8) return (coding & 0x20) === 0 && ((coding >> 2) & 3) !== 1 && ((coding >> 2) & 3) !== 2;
  return group === 15 ? (coding & 4) === 0 : group !== 14;
}
