import type { Stop } from '../../base/stop.ts';
import { setAddressString } from '../location.ts';
import type { Nas } from '../message.ts';
import { setBytes } from '../operation.ts';
import { createTlv, readInteger, readTlv, tlvStop } from '../tcap/ber.ts';
import type { ElementReader } from './nas-elements.ts';

/** Operations of supplementary services (24.080 §4.5, 29.002 §17.6.4) of which more than the code is read. */
const SsOperation = {
  registerSS: 10,
  eraseSS: 11,
  activateSS: 12,
  deactivateSS: 13,
  interrogateSS: 14,
  processUnstructuredSSData: 19,
  processUnstructuredSSRequest: 59,
  unstructuredSSRequest: 60,
  unstructuredSSNotify: 61,
} as const;

/** Component tags (24.080 §3.6.1). */
const INVOKE = 0xa1;
const RESULT = 0xa2;
const REJECT = 0xa4;

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const IA5_STRING = 0x16;
const SEQUENCE = 0x30;
/** Forwarded-to number: of RegisterSS-Arg, and of a ForwardingFeature in the result (29.002 §17.7.4). */
const FORWARDED_TO_ARGUMENT = 0x84;
const FORWARDED_TO_FEATURE = 0x85;
const FORWARDING_INFO = 0xa0;
/** ForwardingFeatureList of the result of an interrogation (29.002 §17.7.4); of other operations the tag is that of SS-Data. */
const FORWARDING_FEATURES = 0xa3;

const LAYER = 'ss';
const tlv = createTlv();

/** Facility (24.080 §3.6): its first component. Of USSD the place and coding of the string are kept, not the text. */
export const readFacility: ElementReader = (data, start, end, out) => {
  if (start >= end) return null;
  if (!readTlv(data, start, end, tlv)) return tlvStop(LAYER, start, end, tlv);
  const { tag, end: last, start: first } = tlv;
  if (tag < INVOKE || tag > REJECT) return null;
  const stop = tlv.missing > 0 ? tlvStop(LAYER, start, end, tlv) : null;
  out.ssComponent = tag - INVOKE + 1;
  return readComponent(data, first, last, start, out) ?? stop;
};

/** Invoke id, linked id, operation code, parameter; of a result the last two stand in a sequence. */
function readComponent(data: Buffer, at: number, end: number, base: number, out: Nas): Stop | null {
  const isResult = out.ssComponent === RESULT - INVOKE + 1;
  const hasCode = out.ssComponent === 1 || isResult;
  let integers = 0;
  while (at < end) {
    if (!readTlv(data, at, end, tlv)) return tlvStop(LAYER, base, end, tlv);
    at = tlv.next;
    const stop = tlv.missing > 0 ? tlvStop(LAYER, base, end, tlv) : null;
    if (tlv.tag === INTEGER) {
      if (stop !== null) return stop;
      if (++integers === 2 && hasCode) out.ssOperation = readInteger(data, tlv.start, tlv.end);
    } else if (isResult && tlv.tag === SEQUENCE && out.ssOperation < 0) {
      // The sequence of code and parameter: go on inside it.
      at = tlv.start;
      end = tlv.end;
      if (stop !== null) {
        const inner = readComponent(data, at, end, base, out);
        return inner ?? stop;
      }
    } else if (hasCode && out.ssOperation >= 0) {
      return readParameter(data, tlv.tag, tlv.start, tlv.end, base, out) ?? stop;
    } else if (stop !== null) {
      return stop;
    }
  }
  return null;
}

function readParameter(data: Buffer, tag: number, at: number, end: number, base: number, out: Nas): Stop | null {
  switch (out.ssOperation) {
    case SsOperation.processUnstructuredSSRequest:
    case SsOperation.unstructuredSSRequest:
    case SsOperation.unstructuredSSNotify:
      return readUssd(data, at, end, base, out);
    case SsOperation.processUnstructuredSSData:
      if (tag === IA5_STRING) setBytes(out.ussd, data, at, end);
      return null;
    case SsOperation.registerSS:
    case SsOperation.eraseSS:
    case SsOperation.activateSS:
    case SsOperation.deactivateSS:
    case SsOperation.interrogateSS:
      return readService(data, tag, at, end, base, out);
    default:
      return null;
  }
}

/** USSD-Arg, USSD-Res (24.080 §4.4.2): coding scheme, string. */
function readUssd(data: Buffer, at: number, end: number, base: number, out: Nas): Stop | null {
  for (let octetStrings = 0; at < end && octetStrings < 2; ) {
    if (!readTlv(data, at, end, tlv)) return tlvStop(LAYER, base, end, tlv);
    at = tlv.next;
    if (tlv.missing > 0) return tlvStop(LAYER, base, end, tlv);
    if (tlv.tag !== OCTET_STRING) continue;
    octetStrings++;
    if (octetStrings === 2) setBytes(out.ussd, data, tlv.start, tlv.end);
    else if (tlv.end > tlv.start) out.ussdCoding = data[tlv.start]!;
  }
  return null;
}

/** RegisterSS-Arg, SS-ForBS-Code; of a result the ForwardingInfo of SS-Info, or a list of features (29.002 §17.7.4): the first number. */
function readService(data: Buffer, tag: number, at: number, end: number, base: number, out: Nas): Stop | null {
  const isInfo =
    tag === FORWARDING_INFO || (tag === FORWARDING_FEATURES && out.ssOperation === SsOperation.interrogateSS);
  const forwardedTo = isInfo ? FORWARDED_TO_FEATURE : FORWARDED_TO_ARGUMENT;
  while (at < end) {
    if (!readTlv(data, at, end, tlv)) return tlvStop(LAYER, base, end, tlv);
    // The features of a ForwardingInfo are sequences in a sequence, those of a list sequences: what is inside follows.
    if (isInfo && tlv.tag === SEQUENCE) {
      at = tlv.start;
      continue;
    }
    at = tlv.next;
    if (tlv.missing > 0) return tlvStop(LAYER, base, end, tlv);
    if (tlv.tag === OCTET_STRING && out.ssCode < 0 && tlv.end > tlv.start) out.ssCode = data[tlv.start]!;
    else if (tlv.tag === forwardedTo && out.forwardedTo.count === 0)
      setAddressString(out.forwardedTo, data, tlv.start, tlv.end);
  }
  return null;
}
