import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PcapWriter } from '../../src/capture/write.ts';
import { type Msu, ServiceIndicator, Ss7Variant, type Ss7VariantId } from '../../src/ss7/message.ts';

/** Bytes of hexadecimal text with spaces. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

/** A signal unit whose user part is `data`, from point code 1 to 2 where nothing else is said. */
export function msu(data: Buffer, fields: Partial<Msu> = {}): Msu {
  return {
    data,
    start: 0,
    end: data.length,
    variant: Ss7Variant.itu,
    networkIndicator: 2,
    serviceIndicator: ServiceIndicator.sccp,
    opc: 1,
    dpc: 2,
    sls: 0,
    ...fields,
  };
}

/** Bytes of MTP3 from point code 1 to 2 (Q.704 §14.2, T1.111.4 §14.2, GF 001-9001). */
export function mtp3(serviceIndicator: number, variant: Ss7VariantId, user: Buffer): Buffer {
  const labels = {
    [Ss7Variant.itu]: '02 40 00 00',
    [Ss7Variant.ansi]: '020000 010000 00',
    [Ss7Variant.china]: '020000 010000 00',
    [Ss7Variant.japan]: '0200 0100 00',
  };
  return Buffer.concat([Buffer.of(0x80 | serviceIndicator), hex(labels[variant]), user]);
}

const STANDARDS = ['ITU', 'ANSI', 'Chinese ITU', 'Japan'];

/** Arguments by which tshark reads MTP3 and its users by `variant`. */
export function standardOf(variant: Ss7VariantId): string[] {
  return ['-o', `mtp3.standard:${STANDARDS[variant]}`];
}

/** Calls `use` with a capture of these packets, one a second. It is gone afterwards. */
export function withCapture<T>(linkType: 1 | 140 | 141 | 142, packets: readonly Buffer[], use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-ss7-'));
  try {
    const file = join(folder, 'made.pcap');
    const writer = new PcapWriter(file, { linkType });
    for (const [index, packet] of packets.entries()) writer.write(packet, 1_700_000_000 + index, 0);
    writer.close();
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
