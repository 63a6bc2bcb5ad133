import { encodeAddressString, encodeInteger, encodeTbcd, encodeTlv } from './ber-encode.ts';

/**
 * Application contexts of MAP (3GPP TS 29.002 §17.1.6), the version that is written here. Numbers are E.164 digits with the country
 * code; the parameters go into `encodeInvoke` and `encodeResult`.
 */
export const MapContext = {
  networkLocUp: { context: 1, version: 3 },
  locationCancellation: { context: 2, version: 3 },
  roamingNumberEnquiry: { context: 3, version: 3 },
  locationInfoRetrieval: { context: 5, version: 3 },
  equipmentMngt: { context: 13, version: 2 },
  infoRetrieval: { context: 14, version: 3 },
  subscriberDataMngt: { context: 16, version: 3 },
  networkFunctionalSs: { context: 18, version: 2 },
  networkUnstructuredSs: { context: 19, version: 2 },
  shortMsgGateway: { context: 20, version: 3 },
  shortMsgMoRelay: { context: 21, version: 3 },
  shortMsgMtRelay: { context: 25, version: 3 },
  msPurging: { context: 27, version: 3 },
} as const;

/** Supplementary services (29.002 §17.7.5). */
export const SsCode = { unconditional: 0x21, busy: 0x29, noReply: 0x2a, notReachable: 0x2b, clir: 0x12 } as const;

const OCTETS = 0x04;
const ENUMERATED = 0x0a;
const SEQUENCE = 0x30;

/** UpdateLocationArg (§17.7.1), with the IMEISV (16 digits) where given. */
export function encodeUpdateLocation(fields: { imsi: string; msc: string; vlr: string; imeisv?: string }): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(OCTETS, encodeTbcd(fields.imsi)),
    encodeTlv(0x81, encodeAddressString(fields.msc)),
    encodeTlv(OCTETS, encodeAddressString(fields.vlr)),
    ...(fields.imeisv === undefined ? [] : [encodeTlv(0xad, encodeTlv(0x80, encodeTbcd(fields.imeisv)))]),
  );
}

/** UpdateLocationRes (§17.7.1). */
export function encodeUpdateLocationResult(fields: { hlr: string }): Buffer {
  return encodeTlv(SEQUENCE, encodeTlv(OCTETS, encodeAddressString(fields.hlr)));
}

/** CancelLocationArg (§17.7.1), because the subscriber is elsewhere now. */
export function encodeCancelLocation(fields: { imsi: string }): Buffer {
  return encodeTlv(0xa3, encodeTlv(OCTETS, encodeTbcd(fields.imsi)), encodeInteger(ENUMERATED, 0));
}

/** PurgeMS-Arg (§17.7.1). */
export function encodePurgeMS(fields: { imsi: string; vlr: string }): Buffer {
  return encodeTlv(0xa3, encodeTlv(OCTETS, encodeTbcd(fields.imsi)), encodeTlv(0x80, encodeAddressString(fields.vlr)));
}

/** SendAuthenticationInfoArg (§17.7.1). */
export function encodeSendAuthenticationInfo(fields: { imsi: string; vectors?: number }): Buffer {
  return encodeTlv(SEQUENCE, encodeTlv(0x80, encodeTbcd(fields.imsi)), encodeInteger(0x02, fields.vectors ?? 1));
}

/** SendAuthenticationInfoRes (§17.7.1) with triplets: RAND of 16 octets, SRES of 4, Kc of 8. */
export function encodeSendAuthenticationInfoResult(
  triplets: readonly { rand: Buffer; sres: Buffer; kc: Buffer }[],
): Buffer {
  const list = triplets.map(({ rand, sres, kc }) =>
    encodeTlv(SEQUENCE, encodeTlv(OCTETS, rand), encodeTlv(OCTETS, sres), encodeTlv(OCTETS, kc)),
  );
  return encodeTlv(0xa3, encodeTlv(0xa0, ...list));
}

/** InsertSubscriberDataArg (§17.7.1): who has which number, telephony and short messages. */
export function encodeInsertSubscriberData(fields: { imsi: string; msisdn: string }): Buffer {
  const teleservices = [0x11, 0x21, 0x22].map((code) => encodeTlv(OCTETS, Buffer.from([code])));
  return encodeTlv(
    SEQUENCE,
    encodeTlv(0x80, encodeTbcd(fields.imsi)),
    encodeTlv(0x81, encodeAddressString(fields.msisdn)),
    encodeTlv(0x82, Buffer.from([0x0a])),
    encodeInteger(0x83, 0),
    encodeTlv(0xa6, ...teleservices),
  );
}

/** CheckIMEI-Arg of version 2: an IMEI of 14 digits and a 0, or with its software version. */
export function encodeCheckImei(fields: { imei: string }): Buffer {
  return encodeTlv(OCTETS, encodeTbcd(fields.imei));
}

/** EquipmentStatus (§17.7.1): 0 white, 1 black, 2 grey. */
export function encodeCheckImeiResult(fields: { status: 0 | 1 | 2 }): Buffer {
  return encodeInteger(ENUMERATED, fields.status);
}

/** SendRoutingInfoArg (§17.7.3) of a basic call. */
export function encodeSendRoutingInfo(fields: { msisdn: string; gmsc: string }): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(0x80, encodeAddressString(fields.msisdn)),
    encodeInteger(0x83, 0),
    encodeTlv(0x86, encodeAddressString(fields.gmsc)),
  );
}

/** SendRoutingInfoRes (§17.7.3): the roaming number, or where calls are forwarded to. */
export function encodeSendRoutingInfoResult(
  fields: { imsi: string; vmsc?: string } & ({ roaming: string } | { forwardedTo: string }),
): Buffer {
  const route =
    'roaming' in fields
      ? encodeTlv(OCTETS, encodeAddressString(fields.roaming))
      : encodeTlv(SEQUENCE, encodeTlv(0x85, encodeAddressString(fields.forwardedTo)));
  return encodeTlv(
    0xa3,
    encodeTlv(0x89, encodeTbcd(fields.imsi)),
    route,
    ...(fields.vmsc === undefined ? [] : [encodeTlv(0x82, encodeAddressString(fields.vmsc))]),
  );
}

/** ProvideRoamingNumberArg (§17.7.3). */
export function encodeProvideRoamingNumber(fields: {
  imsi: string;
  msc: string;
  msisdn: string;
  gmsc: string;
}): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(0x80, encodeTbcd(fields.imsi)),
    encodeTlv(0x81, encodeAddressString(fields.msc)),
    encodeTlv(0x82, encodeAddressString(fields.msisdn)),
    encodeTlv(0x88, encodeAddressString(fields.gmsc)),
  );
}

/** ProvideRoamingNumberRes (§17.7.3). */
export function encodeProvideRoamingNumberResult(fields: { roaming: string }): Buffer {
  return encodeTlv(SEQUENCE, encodeTlv(OCTETS, encodeAddressString(fields.roaming)));
}

/** MO-ForwardSM-Arg (§17.7.6). */
export function encodeMoForwardSM(fields: {
  serviceCentre: string;
  msisdn: string;
  tpdu: Buffer;
  imsi?: string;
}): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(0x84, encodeAddressString(fields.serviceCentre)),
    encodeTlv(0x82, encodeAddressString(fields.msisdn)),
    encodeTlv(OCTETS, fields.tpdu),
    ...(fields.imsi === undefined ? [] : [encodeTlv(OCTETS, encodeTbcd(fields.imsi))]),
  );
}

/** MT-ForwardSM-Arg (§17.7.6). */
export function encodeMtForwardSM(fields: { imsi: string; serviceCentre: string; tpdu: Buffer }): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(0x80, encodeTbcd(fields.imsi)),
    encodeTlv(0x84, encodeAddressString(fields.serviceCentre)),
    encodeTlv(OCTETS, fields.tpdu),
  );
}

/** RoutingInfoForSM-Arg (§17.7.6). */
export function encodeSendRoutingInfoForSM(fields: { msisdn: string; serviceCentre: string }): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(0x80, encodeAddressString(fields.msisdn)),
    encodeTlv(0x81, Buffer.from([0xff])),
    encodeTlv(0x82, encodeAddressString(fields.serviceCentre)),
  );
}

/** RoutingInfoForSM-Res (§17.7.6). */
export function encodeSendRoutingInfoForSMResult(fields: { imsi: string; msc: string }): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(OCTETS, encodeTbcd(fields.imsi)),
    encodeTlv(0xa0, encodeTlv(0x81, encodeAddressString(fields.msc))),
  );
}

/** USSD-Arg, USSD-Res (§17.7.4) in the default alphabet, packed septets (3GPP TS 23.038 §6.1.2.3). */
export function encodeUssd(fields: { text: string; msisdn?: string }): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(OCTETS, Buffer.from([0x0f])),
    encodeTlv(OCTETS, septets(fields.text)),
    ...(fields.msisdn === undefined ? [] : [encodeTlv(0x80, encodeAddressString(fields.msisdn))]),
  );
}

/** RegisterSS-Arg (§17.7.4): calls are to be forwarded. */
export function encodeRegisterSS(fields: { ssCode: number; forwardedTo: string }): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(OCTETS, Buffer.from([fields.ssCode])),
    encodeTlv(0x84, encodeAddressString(fields.forwardedTo)),
  );
}

/** SS-ForBS-Code (§17.7.4): argument of eraseSS, activateSS, deactivateSS and interrogateSS. */
export function encodeSsCode(fields: { ssCode: number }): Buffer {
  return encodeTlv(SEQUENCE, encodeTlv(OCTETS, Buffer.from([fields.ssCode])));
}

/** SS-Info (§17.7.4) with what calls are forwarded to: registered, provisioned and active. */
export function encodeForwardingInfo(fields: { ssCode: number; forwardedTo: string }): Buffer {
  const feature = encodeTlv(
    SEQUENCE,
    encodeTlv(0x84, Buffer.from([0x07])),
    encodeTlv(0x85, encodeAddressString(fields.forwardedTo)),
  );
  return encodeTlv(0xa0, encodeTlv(OCTETS, Buffer.from([fields.ssCode])), encodeTlv(SEQUENCE, feature));
}

/** Characters of the default alphabet whose codes are those of ASCII, seven bits each; CR fills a last octet of seven free bits. */
function septets(text: string): Buffer {
  const padded = text.length % 8 === 7 ? `${text}\r` : text;
  const bytes = Buffer.alloc(Math.ceil((padded.length * 7) / 8));
  for (let index = 0; index < padded.length; index++) {
    const bit = index * 7;
    const value = padded.charCodeAt(index) << (bit & 7);
    bytes[bit >> 3]! |= value & 0xff;
    if (value > 0xff) bytes[(bit >> 3) + 1]! |= value >> 8;
  }
  return bytes;
}
