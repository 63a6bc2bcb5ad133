import type { RoutingLabel } from './mtp3-encode.ts';
import { MessageClass } from './sigtran.ts';
import { encodeParameter, encodeSigtran } from './sigtran-encode.ts';

export interface M3uaOptions {
  networkAppearance?: number;
  routingContext?: number;
}

/** An M3UA DATA message (RFC 4666 §3.3.1) with one protocol data parameter for each user part. */
export function encodeM3ua(
  label: Omit<RoutingLabel, 'variant'>,
  users: readonly Uint8Array[],
  options: M3uaOptions = {},
): Buffer {
  const parameters: Buffer[] = [];
  if (options.networkAppearance !== undefined)
    parameters.push(encodeParameter(0x0200, number32(options.networkAppearance)));
  if (options.routingContext !== undefined) parameters.push(encodeParameter(0x0006, number32(options.routingContext)));
  const { opc, dpc, serviceIndicator, networkIndicator, sls } = label;
  const fields = Buffer.concat([
    number32(opc),
    number32(dpc),
    Buffer.from([serviceIndicator, networkIndicator, 0, sls]),
  ]);
  for (const user of users) parameters.push(encodeParameter(0x0210, Buffer.concat([fields, user])));
  return encodeSigtran(MessageClass.transfer, 1, parameters);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
