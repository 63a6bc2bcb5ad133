import * as diameter from '../../src/ss7/diameter/diameter-encode.ts';
import { DiameterCommand } from '../../src/ss7/diameter/diameter-names.ts';
import { encodeIsup, type IsupFields } from '../../src/ss7/isup/isup-encode.ts';
import { encodeM2pa } from '../../src/ss7/link/m2pa-encode.ts';
import { encodeM2ua } from '../../src/ss7/link/m2ua-encode.ts';
import { encodeM3ua } from '../../src/ss7/link/m3ua-encode.ts';
import { encodeMtp2 } from '../../src/ss7/link/mtp2-encode.ts';
import { encodeMtp3 } from '../../src/ss7/link/mtp3-encode.ts';
import { ServiceIndicator, Ss7Variant } from '../../src/ss7/message.ts';
import { encodeCompleteLayer3Information, encodeDtap } from '../../src/ss7/radio/bssap-encode.ts';
import { encodeLocationUpdatingRequest, encodeSetup } from '../../src/ss7/radio/nas-encode.ts';
import { encodeCpData, encodeRpData } from '../../src/ss7/radio/nas-sms-encode.ts';
import { encodeInitialUeMessage, encodeRanapPaging } from '../../src/ss7/radio/ranap-encode.ts';
import { encodeSgsap } from '../../src/ss7/radio/sgsap-encode.ts';
import { SgsapType } from '../../src/ss7/radio/sgsap-names.ts';
import { encodeDataForms, encodeSccp, encodeSegments } from '../../src/ss7/sccp/sccp-encode.ts';
import { encodeCldt, encodeSuaConnection } from '../../src/ss7/sccp/sua-encode.ts';
import { encodeSubmit } from '../../src/ss7/sms-tpdu-encode.ts';
import * as cap from '../../src/ss7/tcap/cap-encode.ts';
import { CapOpcode } from '../../src/ss7/tcap/cap-operations.ts';
import * as map from '../../src/ss7/tcap/map-encode.ts';
import { encodeInvoke, encodeResult, encodeTcap } from '../../src/ss7/tcap/tcap-encode.ts';

const IMSI = '460001234567890';
const NUMBER = { digits: '8613812345678' };
const CELL = { mcc: '460', mnc: '00', lac: 6151, ci: 1 };
const ADDRESSES = {
  called: { ssn: 146, title: { digits: '8613900001' } },
  calling: { ssn: 146, title: { digits: '8613900002' } },
};

/** Valid messages to begin from, in the form that each target takes. */
export const SS7_SEEDS: Readonly<Record<string, () => Buffer[]>> = {
  cap: () => {
    const argument: [number, Buffer][] = [
      [CapOpcode.initialDP, initialDp()],
      [CapOpcode.eventReportBCSM, cap.encodeEventReportBcsm({ event: 'oDisconnect', leg: 2, cause: 16 })],
      [CapOpcode.applyChargingReport, cap.encodeApplyChargingReport({ tenths: 725, active: true })],
      [CapOpcode.connect, cap.encodeConnect({ destination: NUMBER })],
      [CapOpcode.initialDPSMS, initialDpSms()],
    ];
    return argument.map(([opcode, bytes]) => Buffer.concat([Buffer.of(opcode, 3), bytes]));
  },
  tcap: () => [sized(...dialogue()), sized(begin())],
  isup: () => isup().map((message) => Buffer.concat([Buffer.of(Ss7Variant.itu), message])),
  sccp: () => {
    const segments = encodeSegments({ ...ADDRESSES, data: Buffer.alloc(500, 1) }, 7);
    return [segments, [unitData(begin())]].map((messages) =>
      Buffer.concat([Buffer.of(Ss7Variant.itu), sized(...messages)]),
    );
  },
  bssap: () => radio(),
  ranap: () => [
    encodeInitialUeMessage({ cell: CELL, layer3: layer3(), connection: 1, rnc: 1 }),
    encodeRanapPaging({ imsi: IMSI, tmsi: 1 }),
  ],
  diameter: () => diameterMessages(),
  sgsap: () => sgsapMessages(),
  ss7: () => {
    const label = { networkIndicator: 2, opc: 1, dpc: 2, sls: 0 };
    const users = [
      ...dialogue().map((tcap) => ({ serviceIndicator: ServiceIndicator.sccp, user: unitData(tcap) })),
      ...isup().map((user) => ({ serviceIndicator: ServiceIndicator.isup, user })),
      ...radio().map((data) => {
        const user = encodeSccp({ type: 'CR', sourceReference: 1, called: { ssn: 254 }, protocolClass: 2, data });
        return { serviceIndicator: ServiceIndicator.sccp, user };
      }),
    ];
    const m3ua = users.map(({ serviceIndicator, user }) => encodeM3ua({ ...label, serviceIndicator }, [user]));
    const mtp3 = users.map(({ serviceIndicator, user }) =>
      encodeMtp3({ ...label, variant: Ss7Variant.itu, serviceIndicator }, user),
    );
    const title = { title: NUMBER.digits, ssn: 6 };
    const tcap = begin();
    const sua = [
      encodeCldt(title, title, tcap),
      ...[1, 0].map((remaining) =>
        encodeCldt(title, title, remaining === 1 ? tcap.subarray(0, 20) : tcap.subarray(20), {
          ...{ first: remaining === 1, remaining, reference: 7 },
        }),
      ),
      encodeSuaConnection(1, { source: 9 }, { pointCode: 2, ssn: 254 }, radio()[0]!),
      encodeSuaConnection(8, { destination: 9 }, null, radio()[1]!, false),
    ];
    const sccp = [unitData(tcap), ...encodeSegments({ ...ADDRESSES, data: tcap }, 7)];
    const forms = encodeDataForms(5, Buffer.concat([radio()[1]!, Buffer.alloc(300)]));
    // Transport, payload protocol identifier, variant.
    return [
      Buffer.concat([Buffer.of(0, 46, 4), sized(...diameterMessages())]),
      Buffer.concat([Buffer.of(0, 0, 4), sized(...sgsapMessages())]),
      Buffer.concat([Buffer.of(0, 3, 4), sized(...m3ua)]),
      Buffer.concat([Buffer.of(2, 0, 0), sized(...mtp3)]),
      Buffer.concat([Buffer.of(4, 0, 0), ...m3ua]),
      Buffer.concat([Buffer.of(0, 5, 0), sized(...mtp3.map((unit) => encodeM2pa(1, 2, unit)))]),
      Buffer.concat([Buffer.of(0, 2, 0), sized(...mtp3.map((unit) => encodeM2ua(7, unit)))]),
      Buffer.concat([Buffer.of(0, 4, 0), sized(...sua)]),
      Buffer.concat([Buffer.of(1, 0, 0), sized(...mtp3.map((unit) => encodeMtp2(1, 2, unit)))]),
      Buffer.concat([Buffer.of(3, 0, 0), sized(...sccp, ...forms)]),
    ];
  },
};

/** Messages one after the other, each after two bytes of its length. */
function sized(...messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [Buffer.of(message.length >> 8, message.length), message]));
}

function initialDp(): Buffer {
  return cap.encodeInitialDp({
    serviceKey: 42,
    calling: NUMBER,
    called: NUMBER,
    dialled: NUMBER,
    locationNumber: NUMBER,
    originalCalled: NUMBER,
    redirecting: NUMBER,
    category: 10,
    eventType: 'collectedInfo',
    imsi: IMSI,
    location: { ...CELL, vlr: '8613900000' },
    teleservice: 0x11,
    callReference: Buffer.of(1, 2, 3),
    msc: '8613900000',
    gmsc: '8613900009',
    classmark: Buffer.of(0x33, 0x19, 0x81),
    imei: '3534900612345670',
  });
}

function initialDpSms(): Buffer {
  const numbers = { calling: NUMBER.digits, destination: NUMBER.digits, serviceCentre: '8613800100500' };
  return cap.encodeInitialDpSms({ serviceKey: 7, imsi: IMSI, location: CELL, ...numbers });
}

function begin(): Buffer {
  const components = [encodeInvoke(1, CapOpcode.initialDP, initialDp())];
  return encodeTcap({ type: 'begin', originating: 1, context: cap.CapContext.phase4, components });
}

/** A location updating of MAP: its begin, its end. */
function dialogue(): Buffer[] {
  const context = map.MapContext.networkLocUp;
  const update = map.encodeUpdateLocation({ imsi: IMSI, msc: '8613900000', vlr: '8613900000' });
  const updated = encodeResult(1, 2, map.encodeUpdateLocationResult({ hlr: '8613900003' }));
  return [
    encodeTcap({ type: 'begin', originating: 1, context, components: [encodeInvoke(1, 2, update)] }),
    encodeTcap({ type: 'end', destination: 1, context, components: [updated] }),
  ];
}

function isup(): Buffer[] {
  const messages: IsupFields[] = [
    { type: 'IAM', cic: 1, calling: NUMBER, called: NUMBER, redirecting: NUMBER, generic: { ...NUMBER, qualifier: 6 } },
    { type: 'ACM', cic: 1, calledStatus: 1 },
    { type: 'CPG', cic: 1, event: 1 },
    { type: 'REL', cic: 1, cause: 16 },
    { type: 'GRS', cic: 1, range: 30 },
    { type: 'PAM', cic: 1, passed: { type: 'REL', cic: null, cause: 16 } },
    { type: 'SGM', cic: 1, generic: { ...NUMBER, qualifier: 6 } },
  ];
  return messages.map(encodeIsup);
}

function layer3(): Buffer {
  return encodeSetup({ transaction: 0, called: { ...NUMBER, nature: 4 } });
}

function radio(): Buffer[] {
  const classmark1 = Buffer.of(0x33);
  const update = encodeLocationUpdatingRequest({ luType: 0, area: CELL, classmark1, identity: { imsi: IMSI } });
  return [encodeCompleteLayer3Information({ cell: CELL, layer3: update }), encodeDtap(layer3())];
}

function unitData(data: Buffer): Buffer {
  return encodeSccp({ type: 'UDT', ...ADDRESSES, data });
}

function diameterMessages(): Buffer[] {
  const header = { hopByHop: 1, endToEnd: 2, session: 'mme;1;2', origin: ['mme.example', 'example'] as const };
  const visited = { mcc: '460', mnc: '00' };
  const imei = '35349006123456';
  return [
    diameter.encodeUpdateLocationRequest({ ...header, imsi: IMSI, visited, imei, softwareVersion: '78' }),
    diameter.encodeDiameterAnswer({
      ...{ ...header, command: DiameterCommand.insertSubscriberData, result: 5421, msisdn: NUMBER.digits },
      location: { ...visited, tac: 6151, cell: 1 },
    }),
    diameter.encodeMeIdentityCheckRequest({ ...header, imei }),
  ];
}

function sgsapMessages(): Buffer[] {
  const network = { mcc: '460', mnc: '00' };
  const phone = { trackingArea: { ...network, tac: 6151 }, cell: { ...network, ci: 1 }, imeisv: '3534900612345678' };
  const nas = encodeCpData({
    transaction: 0,
    relay: encodeRpData({
      ...{ fromMobile: true, reference: 1, serviceCentre: NUMBER.digits, tpdu: encodeSubmit(NUMBER.digits, 5) },
    }),
  });
  return [
    encodeSgsap({ type: SgsapType.locationUpdateRequest, imsi: IMSI, mmeName: 'mme.example', area: CELL, ...phone }),
    encodeSgsap({ type: SgsapType.locationUpdateAccept, imsi: IMSI, area: CELL, tmsi: 1 }),
    encodeSgsap({ type: SgsapType.uplinkUnitdata, imsi: IMSI, nas, classmark2: Buffer.of(0x57, 0x59, 0xa1) }),
    encodeSgsap({
      type: SgsapType.pagingRequest,
      imsi: IMSI,
      vlrName: 'vlr.example',
      calling: { ...NUMBER, nature: 4 },
    }),
  ];
}
