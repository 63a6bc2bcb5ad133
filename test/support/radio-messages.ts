import * as bssap from '../../src/ss7/radio/bssap-encode.ts';
import * as nas from '../../src/ss7/radio/nas-encode.ts';
import * as sms from '../../src/ss7/radio/nas-sms-encode.ts';
import * as ss from '../../src/ss7/radio/nas-ss-encode.ts';
import * as ranap from '../../src/ss7/radio/ranap-encode.ts';
import { encodeDeliver, encodeSubmit } from '../../src/ss7/sms-tpdu-encode.ts';
import { encodeForwardingInfo, encodeRegisterSS, encodeUssd } from '../../src/ss7/tcap/map-encode.ts';
import { encodeInvoke, encodeResult } from '../../src/ss7/tcap/tcap-encode.ts';
import { CELL, CLASSMARK_1, CLASSMARK_2, type Said, TARGET } from './radio.ts';
import { hex } from './ss7.ts';

const IMSI = '460001234567890';
const IMEI = '356938035649809';
const IMEISV = '3569380356498091';
const TMSI = 0xdeadbeef;
const NUMBER = '8613912345678';
const CENTRE = '8613800100500';
const CELL_TEXT = '460-00-6151-1';
const TARGET_TEXT = '310-410-2-65534';
const CM1 = CLASSMARK_1.toString('hex');
const CM2 = CLASSMARK_2.toString('hex');
/** Classmark 3 as OsmocomBB sends it. */
const CM3 = '6014c000000000000040';
/** HANDOVER COMMAND of the radio interface (3GPP TS 44.018 §9.1.15): cell, channel, reference, power. */
const RADIO_HANDOVER = hex('062b 1234 880a87 01 05');
/** What a message around it says. */
const HANDOVER = { nas: 'handoverCommand', discriminator: 6, handoverMessage: RADIO_HANDOVER.toString('hex') };

/** What a message says, and its bytes. */
type Case = readonly [said: Said, bytes: Buffer];

/** COMPLETE LAYER 3 INFORMATION in {@link CELL} around a layer 3 message. */
function first(said: Said, layer3: Buffer): Case {
  return [
    { name: 'completeLayer3Information', cell: CELL_TEXT, ...said },
    bssap.encodeCompleteLayer3Information({ cell: CELL, layer3 }),
  ];
}

const BSSMAP: readonly Case[] = [
  first(
    {
      nas: 'locationUpdatingRequest',
      discriminator: 5,
      luType: 2,
      area: '310-410-2',
      classmark: CM1,
      imsi: IMSI,
    },
    nas.encodeLocationUpdatingRequest({ luType: 2, area: TARGET, classmark1: CLASSMARK_1, identity: { imsi: IMSI } }),
  ),
  first(
    { nas: 'imsiDetachIndication', discriminator: 5, classmark: CM1, tmsi: TMSI },
    nas.encodeImsiDetach({ classmark1: CLASSMARK_1, identity: { tmsi: TMSI } }),
  ),
  first(
    { nas: 'cmServiceRequest', discriminator: 5, service: 1, classmark: CM2, tmsi: TMSI },
    nas.encodeCmServiceRequest({ service: 1, classmark2: CLASSMARK_2, identity: { tmsi: TMSI } }),
  ),
  first(
    { nas: 'cmReestablishmentRequest', discriminator: 5, classmark: CM2, tmsi: TMSI },
    nas.encodeCmReestablishmentRequest({ classmark2: CLASSMARK_2, identity: { tmsi: TMSI } }),
  ),
  first(
    { nas: 'pagingResponse', discriminator: 6, classmark: CM2, imsi: IMSI },
    nas.encodePagingResponse({ classmark2: CLASSMARK_2, identity: { imsi: IMSI } }),
  ),
  [{ name: 'cipherModeCommand' }, bssap.encodeCipherModeCommand({ key: Buffer.alloc(8, 1) })],
  [
    { name: 'cipherModeComplete', nas: 'cipheringModeComplete', discriminator: 6, imeisv: IMEISV },
    bssap.encodeCipherModeComplete({ imeisv: IMEISV }),
  ],
  [{ name: 'cipherModeComplete', nas: 'cipheringModeComplete', discriminator: 6 }, bssap.encodeCipherModeComplete({})],
  [{ name: 'classmarkUpdate', classmark: CM2 }, bssap.encodeClassmarkUpdate({ classmark2: CLASSMARK_2 })],
  [
    { name: 'classmarkUpdate', classmark: CM2, classmark3: CM3 },
    bssap.encodeClassmarkUpdate({ classmark2: CLASSMARK_2, classmark3: hex(CM3) }),
  ],
  [{ name: 'commonId', imsi: IMSI }, bssap.encodeCommonId({ imsi: IMSI })],
  [
    { name: 'paging', imsi: IMSI, tmsi: TMSI, cell: CELL_TEXT },
    bssap.encodePaging({ imsi: IMSI, tmsi: TMSI, cell: CELL }),
  ],
  [{ name: 'paging', imsi: IMSI }, bssap.encodePaging({ imsi: IMSI })],
  [{ name: 'assignmentRequest', circuit: 33 }, bssap.encodeAssignmentRequest({ cic: 33 })],
  [{ name: 'assignmentComplete' }, bssap.encodeAssignmentComplete()],
  [{ name: 'clearRequest', cause: 1 }, bssap.encodeClearRequest({ cause: 1 })],
  [{ name: 'clearCommand', cause: 9 }, bssap.encodeClearCommand({ cause: 9 })],
  [{ name: 'clearComplete' }, bssap.encodeClearComplete()],
  [
    { name: 'handoverRequired', cause: 12, target: TARGET_TEXT },
    bssap.encodeHandoverRequired({ cause: 12, cells: [TARGET, CELL] }),
  ],
  [
    { name: 'handoverRequest', circuit: 5, classmark: CM2, cell: CELL_TEXT, target: TARGET_TEXT },
    bssap.encodeHandoverRequest({ classmark2: CLASSMARK_2, serving: CELL, target: TARGET, cic: 5 }),
  ],
  [
    { ...HANDOVER, name: 'handoverCommand', target: TARGET_TEXT },
    bssap.encodeHandoverCommand({ layer3: RADIO_HANDOVER, target: TARGET }),
  ],
  [{ ...HANDOVER, name: 'handoverCommand' }, bssap.encodeHandoverCommand({ layer3: RADIO_HANDOVER })],
  [{ name: 'handoverComplete' }, bssap.encodeHandoverComplete()],
  [
    { name: 'handoverPerformed', cause: 12, cell: TARGET_TEXT },
    bssap.encodeHandoverPerformed({ cause: 12, cell: TARGET }),
  ],
  [
    { ...HANDOVER, name: 'handoverRequestAcknowledge' },
    bssap.encodeHandoverRequestAcknowledge({ layer3: RADIO_HANDOVER }),
  ],
  [{ name: 'handoverDetect' }, bssap.encodeHandoverDetect()],
  [{ name: 'resetAcknowledge' }, bssap.encodeResetAcknowledge()],
  [{ name: 'reset', cause: 7 }, bssap.encodeReset({ cause: 7 })],
  [{ name: 'resetCircuit', circuit: 0x8021, cause: 7 }, bssap.encodeResetCircuit({ cic: 0x8021, cause: 7 })],
  [{ name: 'resetCircuitAcknowledge', circuit: 33 }, bssap.encodeResetCircuitAcknowledge({ cic: 33 })],
];

const mm = (name: string, said: Said, layer3: Buffer): Case => [{ name, nas: name, discriminator: 5, ...said }, layer3];
const cc = (name: string, transaction: number, said: Said, layer3: Buffer): Case => [
  { name, nas: name, discriminator: 3, transaction, ...said },
  layer3,
];
const cp = (name: string, transaction: number, said: Said, layer3: Buffer): Case => [
  { name, nas: name, discriminator: 9, transaction, ...said },
  layer3,
];
const supplementary = (name: string, transaction: number, said: Said, layer3: Buffer): Case => [
  { name, nas: name, discriminator: 11, transaction, ...said },
  layer3,
];

/** Layer 3 messages of both directions, to be carried by DTAP or by direct transfer. */
export const LAYER_3: readonly Case[] = [
  mm(
    'locationUpdatingAccept',
    { area: '460-00-6151', tmsi: 1 },
    nas.encodeLocationUpdatingAccept({ area: CELL, identity: { tmsi: 1 } }),
  ),
  mm('locationUpdatingAccept', { area: '460-00-6151' }, nas.encodeLocationUpdatingAccept({ area: CELL })),
  mm('locationUpdatingReject', { reject: 11 }, nas.encodeLocationUpdatingReject({ reject: 11 })),
  mm('cmServiceAccept', {}, nas.encodeCmServiceAccept()),
  mm('cmServiceReject', { reject: 17 }, nas.encodeCmServiceReject({ reject: 17 })),
  mm('authenticationRequest', {}, nas.encodeAuthenticationRequest({ rand: Buffer.alloc(16, 7) })),
  mm(
    'authenticationRequest',
    {},
    nas.encodeAuthenticationRequest({ rand: Buffer.alloc(16, 7), autn: Buffer.alloc(16, 3) }),
  ),
  mm('authenticationResponse', {}, nas.encodeAuthenticationResponse({ sres: Buffer.alloc(4, 9) })),
  mm('authenticationReject', {}, nas.encodeAuthenticationReject()),
  mm('authenticationFailure', { reject: 20 }, nas.encodeAuthenticationFailure({ reject: 20 })),
  mm('identityRequest', { identityType: 2 }, nas.encodeIdentityRequest({ identityType: 2 })),
  mm('identityResponse', { imei: IMEI }, nas.encodeIdentityResponse({ identity: { imei: IMEI } })),
  mm('identityResponse', { imeisv: IMEISV }, nas.encodeIdentityResponse({ identity: { imeisv: IMEISV } })),
  mm('identityResponse', { imsi: IMSI }, nas.encodeIdentityResponse({ identity: { imsi: IMSI } })),
  mm(
    'tmsiReallocationCommand',
    { area: '460-00-6151', tmsi: 0xffffffff },
    nas.encodeTmsiReallocationCommand({ area: CELL, identity: { tmsi: 0xffffffff } }),
  ),
  mm('tmsiReallocationComplete', {}, nas.encodeTmsiReallocationComplete()),
  cc(
    'setup',
    0,
    { called: '13912345678' },
    nas.encodeSetup({ transaction: 0, called: { digits: '13912345678', nature: 0 } }),
  ),
  cc('setup', 8, { calling: NUMBER }, nas.encodeSetup({ transaction: 8, calling: { digits: NUMBER, nature: 4 } })),
  cc('emergencySetup', 0, {}, nas.encodeEmergencySetup({ transaction: 0 })),
  ...(['alerting', 'callProceeding', 'connect', 'callConfirmed', 'connectAcknowledge'] as const).map((name) =>
    cc(name, 8, {}, nas.encodePlainCall(name, { transaction: 8 })),
  ),
  cc('progress', 8, {}, nas.encodeProgress({ transaction: 8, progress: 8 })),
  cc('startDtmf', 0, {}, nas.encodeStartDtmf({ transaction: 0, key: '5' })),
  cc(
    'disconnect',
    0,
    { cause: 16, causeLocation: 0 },
    nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 }),
  ),
  cc('release', 8, {}, nas.encodeRelease('release', { transaction: 8 })),
  cc(
    'release',
    8,
    { cause: 17, causeLocation: 4 },
    nas.encodeRelease('release', { transaction: 8, cause: 17, location: 4 }),
  ),
  cc('releaseComplete', 0, {}, nas.encodeRelease('releaseComplete', { transaction: 0 })),
  cc(
    'releaseComplete',
    0,
    { cause: 34, causeLocation: 10 },
    nas.encodeRelease('releaseComplete', { transaction: 0, cause: 34, location: 10 }),
  ),
  cp(
    'cpData',
    0,
    { rpType: 0, serviceCentre: CENTRE, smsAddress: NUMBER, smsLength: 20, smsType: 1 },
    sms.encodeCpData({
      transaction: 0,
      relay: sms.encodeRpData({
        fromMobile: true,
        reference: 3,
        serviceCentre: CENTRE,
        tpdu: encodeSubmit(NUMBER, 20),
      }),
    }),
  ),
  cp(
    'cpData',
    0,
    { rpType: 1, serviceCentre: CENTRE, smsAddress: NUMBER, smsLength: 20, smsType: 0 },
    sms.encodeCpData({
      transaction: 0,
      relay: sms.encodeRpData({
        fromMobile: false,
        reference: 3,
        serviceCentre: CENTRE,
        tpdu: encodeDeliver(NUMBER, 20),
      }),
    }),
  ),
  cp(
    'cpData',
    8,
    { rpType: 2 },
    sms.encodeCpData({ transaction: 8, relay: sms.encodeRpAck({ fromMobile: true, reference: 3 }) }),
  ),
  cp(
    'cpData',
    8,
    { rpType: 5, cause: 28 },
    sms.encodeCpData({ transaction: 8, relay: sms.encodeRpError({ fromMobile: false, reference: 3, cause: 28 }) }),
  ),
  cp('cpAck', 8, {}, sms.encodeCpAck({ transaction: 8 })),
  cp('cpError', 8, { cause: 17 }, sms.encodeCpError({ transaction: 8, cause: 17 })),
  supplementary(
    'ssRegister',
    0,
    // *100# in the default alphabet of 7 bits (3GPP TS 23.038 §6.1.2.3).
    { ssComponent: 1, ssOperation: 59, ussdCoding: 15, ussd: 'aa180c3602' },
    ss.encodeSsRegister({
      transaction: 0,
      fromMobile: true,
      component: encodeInvoke(1, 59, encodeUssd({ text: '*100#' })),
    }),
  ),
  supplementary(
    'ssFacility',
    0,
    // "hello" (23.038).
    { ssComponent: 1, ssOperation: 60, ussdCoding: 15, ussd: 'e8329bfd06' },
    ss.encodeSsFacility({ transaction: 0, component: encodeInvoke(2, 60, encodeUssd({ text: 'hello' })) }),
  ),
  supplementary(
    'ssReleaseComplete',
    8,
    { ssComponent: 2, ssOperation: 59, ussdCoding: 15, ussd: 'e8329bfd06' },
    ss.encodeSsReleaseComplete({ transaction: 8, component: encodeResult(1, 59, encodeUssd({ text: 'hello' })) }),
  ),
  supplementary('ssReleaseComplete', 8, {}, ss.encodeSsReleaseComplete({ transaction: 8 })),
  supplementary(
    'ssRegister',
    0,
    { ssComponent: 1, ssOperation: 10, ssCode: 0x21, forwardedTo: NUMBER },
    ss.encodeSsRegister({
      transaction: 0,
      fromMobile: true,
      component: encodeInvoke(1, 10, encodeRegisterSS({ ssCode: 0x21, forwardedTo: NUMBER })),
    }),
  ),
  supplementary(
    'ssReleaseComplete',
    8,
    { ssComponent: 2, ssOperation: 10, ssCode: 0x21, forwardedTo: NUMBER },
    ss.encodeSsReleaseComplete({
      transaction: 8,
      component: encodeResult(1, 10, encodeForwardingInfo({ ssCode: 0x21, forwardedTo: NUMBER })),
    }),
  ),
];

/** Every message of the A interface that can be written. */
export const BSSAP: readonly Case[] = [
  ...BSSMAP,
  ...LAYER_3.map(([said, layer3]): Case => [said, bssap.encodeDtap(layer3, said.discriminator === 9 ? 3 : 0)]),
];

/** Every message of the Iu interface that can be written. */
export const RANAP: readonly Case[] = [
  [
    {
      name: 'initialUeMessage',
      cell: CELL_TEXT,
      domain: 0,
      iuConnection: 0x123456,
      nas: 'cmServiceRequest',
      discriminator: 5,
      service: 1,
      classmark: CM2,
      tmsi: TMSI,
    },
    ranap.encodeInitialUeMessage({
      cell: CELL,
      connection: 0x123456,
      rnc: 77,
      layer3: nas.encodeCmServiceRequest({ service: 1, classmark2: CLASSMARK_2, identity: { tmsi: TMSI } }),
    }),
  ],
  ...LAYER_3.map(([said, layer3]): Case => [said, ranap.encodeDirectTransfer({ layer3, sapi: 3 })]),
  [
    { name: 'cmServiceAccept', nas: 'cmServiceAccept', discriminator: 5, cell: CELL_TEXT },
    ranap.encodeDirectTransfer({ layer3: nas.encodeCmServiceAccept(), cell: CELL }),
  ],
  [{ name: 'commonId', imsi: IMSI }, ranap.encodeRanapCommonId({ imsi: IMSI })],
  [{ name: 'paging', domain: 0, imsi: IMSI }, ranap.encodeRanapPaging({ imsi: IMSI })],
  [{ name: 'paging', domain: 0, imsi: IMSI, tmsi: TMSI }, ranap.encodeRanapPaging({ imsi: IMSI, tmsi: TMSI })],
  [
    { name: 'relocationRequest', domain: 0, cause: 16, imsi: IMSI, iuConnection: 0x12_3456 },
    ranap.encodeRelocationRequest({ imsi: IMSI, cause: 16, connection: 0x12_3456, rrc: hex('0102 0304') }),
  ],
  [
    { name: 'relocationRequestAcknowledge', handoverMessage: '00020506' },
    ranap.encodeRelocationRequestAcknowledge({ rrc: hex('0506') }),
  ],
  [{ name: 'relocationCommand', handoverMessage: '00020506' }, ranap.encodeRelocationCommand({ rrc: hex('0506') })],
  [
    { name: 'relocationCommand', handoverMessage: RADIO_HANDOVER.toString('hex') },
    ranap.encodeRelocationCommand({ layer3: RADIO_HANDOVER }),
  ],
  [{ name: 'relocationComplete' }, ranap.encodeRelocationComplete()],
  [{ name: 'iuReleaseCommand', cause: 83 }, ranap.encodeIuReleaseCommand({ cause: 83 })],
  [{ name: 'iuReleaseCommand', cause: 46 }, ranap.encodeIuReleaseCommand({ cause: 46 })],
  [{ name: 'iuReleaseComplete' }, ranap.encodeIuReleaseComplete()],
  [{ name: 'iuReleaseRequest', cause: 40 }, ranap.encodeIuReleaseRequest({ cause: 40 })],
  [{ name: 'securityModeCommand' }, ranap.encodeSecurityModeCommand({ key: Buffer.alloc(16, 5) })],
  [{ name: 'securityModeComplete' }, ranap.encodeSecurityModeComplete()],
  [{ name: 'reset', domain: 1, cause: 115 }, ranap.encodeRanapReset({ domain: 1, cause: 115 })],
  [{ name: 'resetAcknowledge', domain: 1 }, ranap.encodeRanapResetAcknowledge({ domain: 1 })],
  [
    { name: 'resetResource', domain: 0, cause: 115, iuConnections: '010001004e4004000123450001004e400400abcdef' },
    ranap.encodeResetResource({ domain: 0, cause: 115, connections: [0x01_2345, 0xab_cdef] }),
  ],
];
