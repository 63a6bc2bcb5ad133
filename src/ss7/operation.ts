import { clearDigits, createDigits } from './digits.ts';
import type { Bytes, CellView, Operation } from './message.ts';

const NOTHING = Buffer.alloc(0);

/** What an operation says, nothing said yet. */
export function createOperation(): Operation {
  return {
    protocol: 'map',
    imsi: createDigits(),
    msisdn: createDigits(),
    imei: createDigits(),
    calling: createDigits(),
    called: createDigits(),
    roaming: createDigits(),
    forwardedTo: createDigits(),
    originalCalled: createDigits(),
    redirecting: createDigits(),
    locationNumber: createDigits(),
    msc: createDigits(),
    vlr: createDigits(),
    sgsn: createDigits(),
    hlr: createDigits(),
    gmsc: createDigits(),
    serviceCentre: createDigits(),
    smsAddress: createDigits(),
    smsName: createBytes(),
    smsType: -1,
    smsLength: -1,
    cell: { mcc: -1, mnc: -1, mncDigits: 2, lac: -1, ci: -1 },
    tmsi: createBytes(),
    ssCode: -1,
    ussd: createBytes(),
    ussdCoding: -1,
    serviceKey: -1,
    eventType: -1,
    leg: -1,
    category: -1,
    bearerService: -1,
    teleservice: -1,
    cause: -1,
    callReference: createBytes(),
    bearer: createBytes(),
    localTime: createBytes(),
    classmark: createBytes(),
    elapsed: -1,
    legActive: -1,
    equipmentStatus: -1,
  };
}

export function clearOperation(operation: Operation): void {
  clearDigits(operation.imsi);
  clearDigits(operation.msisdn);
  clearDigits(operation.imei);
  clearDigits(operation.calling);
  clearDigits(operation.called);
  clearDigits(operation.roaming);
  clearDigits(operation.forwardedTo);
  clearDigits(operation.originalCalled);
  clearDigits(operation.redirecting);
  clearDigits(operation.locationNumber);
  clearDigits(operation.msc);
  clearDigits(operation.vlr);
  clearDigits(operation.sgsn);
  clearDigits(operation.hlr);
  clearDigits(operation.gmsc);
  clearDigits(operation.serviceCentre);
  clearDigits(operation.smsAddress);
  clearBytes(operation.smsName);
  operation.smsType = -1;
  operation.smsLength = -1;
  clearCell(operation.cell);
  clearBytes(operation.tmsi);
  operation.ssCode = -1;
  clearBytes(operation.ussd);
  operation.ussdCoding = -1;
  operation.serviceKey = -1;
  operation.eventType = -1;
  operation.leg = -1;
  operation.category = -1;
  operation.bearerService = -1;
  operation.teleservice = -1;
  operation.cause = -1;
  clearBytes(operation.callReference);
  clearBytes(operation.bearer);
  clearBytes(operation.localTime);
  clearBytes(operation.classmark);
  operation.elapsed = -1;
  operation.legActive = -1;
  operation.equipmentStatus = -1;
}

export function createBytes(): Bytes {
  return { data: NOTHING, start: 0, end: 0 };
}

export function clearBytes(bytes: Bytes): void {
  bytes.start = 0;
  bytes.end = 0;
}

export function setBytes(bytes: Bytes, data: Buffer, start: number, end: number): void {
  bytes.data = data;
  bytes.start = start;
  bytes.end = end;
}

export function clearCell(cell: CellView): void {
  cell.mcc = -1;
  cell.mnc = -1;
  cell.mncDigits = 2;
  cell.lac = -1;
  cell.ci = -1;
}
