import * as diameter from '../../src/ss7/diameter/diameter-encode.ts';
import { DiameterCommand } from '../../src/ss7/diameter/diameter-names.ts';

export const IMSI = '460001234567890';
export const MSISDN = '8613812345678';
export const IMEI = '35693803564980';
export const VISITED = { mcc: '460', mnc: '00' };
export const MME = ['mme1.epc.mnc000.mcc460.3gppnetwork.org', 'epc.mnc000.mcc460.3gppnetwork.org'] as const;
const HSS = ['hss1.epc.mnc000.mcc460.3gppnetwork.org', 'epc.mnc000.mcc460.3gppnetwork.org'] as const;

/** What stands in front of a request of the MME (or of the HSS, `fromHss`) and of its answer, of the transaction of this number. */
export function ends(number: number, fromHss = false) {
  const session = `${fromHss ? HSS[0] : MME[0]};1;${number};app_s6a`;
  const ids = { hopByHop: 0x1000_0000 + number, endToEnd: 0xabc0_0000 + number, session };
  return {
    request: { ...ids, origin: fromHss ? HSS : MME, destination: fromHss ? MME : HSS },
    answer: { ...ids, origin: fromHss ? MME : HSS },
  };
}

/** What a message says, under the names of the view, and its bytes. */
export type Case = readonly [name: string, said: Record<string, unknown>, bytes: Buffer];

const at = (number: number, fromHss = false) => ends(number, fromHss).request;
const back = (number: number, fromHss = false) => ends(number, fromHss).answer;
const {
  updateLocation,
  cancelLocation,
  authenticationInformation,
  insertSubscriberData,
  purgeUe,
  notify,
  meIdentityCheck,
} = DiameterCommand;
const VECTOR = Buffer.alloc(72, 7);

/** Every command of S6a and S13 that a line is seen by, request and answer. */
export const DIAMETER: readonly Case[] = [
  [
    'ULR',
    { imsi: IMSI, imei: IMEI, softwareVersion: '78', network: '460-00', updateFlags: 0x22 },
    diameter.encodeUpdateLocationRequest({
      ...at(1),
      ...{ imsi: IMSI, visited: VISITED, imei: IMEI, softwareVersion: '78', initial: true },
    }),
  ],
  [
    'ULR',
    { imsi: IMSI, network: '310-410', updateFlags: 2 },
    diameter.encodeUpdateLocationRequest({ ...at(2), imsi: IMSI, visited: { mcc: '310', mnc: '410' } }),
  ],
  [
    'ULA',
    { result: 2001, msisdn: MSISDN },
    diameter.encodeDiameterAnswer({ ...back(1), command: updateLocation, result: 2001, msisdn: MSISDN }),
  ],
  ['ULA', { result: 5001 }, diameter.encodeDiameterAnswer({ ...back(2), command: updateLocation, result: 5001 })],
  ['ULA', { result: 5421 }, diameter.encodeDiameterAnswer({ ...back(3), command: updateLocation, result: 5421 })],
  [
    'CLR',
    { imsi: IMSI, cancellationType: 2 },
    diameter.encodeCancelLocationRequest({ ...at(4, true), imsi: IMSI, type: 2 }),
  ],
  ['CLA', { result: 2001 }, diameter.encodeDiameterAnswer({ ...back(4, true), command: cancelLocation, result: 2001 })],
  [
    'AIR',
    { imsi: IMSI, network: '460-00' },
    diameter.encodeAuthenticationInformationRequest({ ...at(5), imsi: IMSI, visited: VISITED }),
  ],
  [
    'AIA',
    { result: 2001 },
    diameter.encodeDiameterAnswer({ ...back(5), command: authenticationInformation, result: 2001, vector: VECTOR }),
  ],
  [
    'IDR',
    { imsi: IMSI, msisdn: MSISDN },
    diameter.encodeInsertSubscriberDataRequest({ ...at(6, true), imsi: IMSI, msisdn: MSISDN }),
  ],
  [
    'IDA',
    { result: 2001, network: '460-00', area: 6151, cell: 0x012_3405 },
    diameter.encodeDiameterAnswer({
      ...back(6, true),
      ...{ command: insertSubscriberData, result: 2001, location: { ...VISITED, tac: 6151, cell: 0x012_3405 } },
    }),
  ],
  ['PUR', { imsi: IMSI }, diameter.encodePurgeUeRequest({ ...at(7), imsi: IMSI })],
  ['PUA', { result: 2001 }, diameter.encodeDiameterAnswer({ ...back(7), command: purgeUe, result: 2001 })],
  ['NOR', { imsi: IMSI, imei: IMEI }, diameter.encodeNotifyRequest({ ...at(8), imsi: IMSI, imei: IMEI })],
  ['NOA', { result: 2001 }, diameter.encodeDiameterAnswer({ ...back(8), command: notify, result: 2001 })],
  [
    'ECR',
    { imsi: IMSI, imei: IMEI, softwareVersion: '01' },
    diameter.encodeMeIdentityCheckRequest({ ...at(9), imsi: IMSI, imei: IMEI, softwareVersion: '01' }),
  ],
  ['ECR', { imei: IMEI }, diameter.encodeMeIdentityCheckRequest({ ...at(10), imei: IMEI })],
  [
    'ECA',
    { result: 2001, equipmentStatus: 1 },
    diameter.encodeDiameterAnswer({ ...back(9), command: meIdentityCheck, result: 2001, equipmentStatus: 1 }),
  ],
  ['ECA', { result: 5422 }, diameter.encodeDiameterAnswer({ ...back(10), command: meIdentityCheck, result: 5422 })],
];
