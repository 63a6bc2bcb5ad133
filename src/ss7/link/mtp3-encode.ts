import { Ss7Variant, type Ss7VariantId } from '../message.ts';

/** Who sends a message to whom. */
export interface RoutingLabel {
  variant: Ss7VariantId;
  networkIndicator: number;
  serviceIndicator: number;
  opc: number;
  dpc: number;
  sls: number;
}

/** An MTP3 message: service information octet, routing label (see {@link readMtp3} for the variants), user part. */
export function encodeMtp3(label: RoutingLabel, user: Uint8Array): Buffer {
  const { variant, networkIndicator, serviceIndicator, opc, dpc, sls } = label;
  const head = [(networkIndicator << 6) | serviceIndicator];
  switch (variant) {
    case Ss7Variant.itu:
      head.push(dpc & 0xff, (dpc >> 8) | ((opc & 3) << 6), (opc >> 2) & 0xff, (opc >> 10) | (sls << 4));
      break;
    case Ss7Variant.japan:
      head.push(dpc & 0xff, dpc >> 8, opc & 0xff, opc >> 8, sls);
      break;
    default:
      head.push(dpc & 0xff, (dpc >> 8) & 0xff, dpc >> 16, opc & 0xff, (opc >> 8) & 0xff, opc >> 16, sls);
  }
  return Buffer.concat([Buffer.from(head), user]);
}
