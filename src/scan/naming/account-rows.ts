import {
  DIRECTION_BITS,
  FLOATS,
  INTEGERS,
  ORIGINATING,
  OutcomeCode,
  Real,
  type RowBlock,
  Whole,
} from '../../features/history/rows.ts';

/** What a row says of a device. */
const OF_DEVICE = [
  Whole.endpoint,
  Whole.imei,
  Whole.cell,
  Whole.access,
  Whole.contact,
  Whole.media,
  Whole.userAgent,
  Whole.sdpFingerprint,
  Whole.headerOrder,
  Whole.idShape,
] as const;

/** Takes back what a row says of a device that is not the line's. */
export function clearDevice(integers: Int32Array, whole: number): void {
  for (const place of OF_DEVICE) integers[whole + place] = -1;
}

/** Whether a registration holds, or may. */
export function isRegistered(integers: Int32Array, whole: number): boolean {
  const outcome = (integers[whole + Whole.flags]! >> 6) & 15;
  return outcome === OutcomeCode.registered || outcome === OutcomeCode.open;
}

/** Whether the line placed it and answered a challenge for it. */
export function hasAnswered({ integers, floats }: RowBlock, row: number): boolean {
  return (
    (integers[row * INTEGERS + Whole.flags]! & DIRECTION_BITS) === ORIGINATING &&
    !Number.isNaN(floats[row * FLOATS + Real.latency]!)
  );
}

/** Host and port that a row's line is at as one number, -1 where one of them is unknown; the far end's likewise. */
export function endpointOf(integers: Int32Array, whole: number): number {
  return addressKey(integers[whole + Whole.endpoint]!, integers[whole + Whole.ports]! >>> 16);
}

export function trunkOf(integers: Int32Array, whole: number): number {
  return addressKey(integers[whole + Whole.trunk]!, integers[whole + Whole.ports]! & 0xffff);
}

function addressKey(host: number, port: number): number {
  return host < 0 || port === 0 ? -1 : host * 0x1_0000 + port;
}
