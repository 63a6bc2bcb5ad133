/**
 * Builders of packets, one layer a call, outermost first:
 *
 *     frame().ethernet().vlan(7).ipv4('10.0.0.1', '10.0.0.2').udp(5060, 5060).text('OPTIONS ...').bytes()
 *
 * Lengths, types and checksums are filled in from what is inside, unless a field is given to make them wrong.
 */

/** `addresses`: those of the nearest IP header around. */
type Encode = (inside: Buffer, next: Layer | undefined, addresses: Buffer) => Buffer;

interface Layer {
  /** EtherType by which the layer around announces this one. */
  etherType?: number;
  /** IP protocol number likewise. */
  protocol?: number;
  /** Addresses of an IP header, for checksums of what is inside. */
  addresses?: Buffer;
  encode: Encode;
}

export interface Ipv4Fields {
  identification?: number;
  /** In bytes. */
  offset?: number;
  more?: boolean;
  totalLength?: number;
  headerLength?: number;
  protocol?: number;
}

export interface Ipv6Fields {
  payloadLength?: number;
  next?: number;
}

export interface TcpFields {
  sequence?: number;
  acknowledgment?: number;
  /** Letters of S, A, F, R, P. */
  flags?: string;
  offset?: number;
}

export interface DataChunk {
  tsn: number;
  payload: string | Buffer;
  stream?: number;
  ppid?: number;
  /** Letters of B and E; both where left out. */
  flags?: string;
}

export interface HepFields {
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  /** IP protocol number. */
  protocol?: number;
  /** HEP3 protocol type: 1 is SIP. */
  kind?: number;
  seconds?: number;
  microseconds?: number;
  payload: string | Buffer;
}

export function frame(): Frame {
  return new Frame();
}

export class Frame {
  private readonly layers: Layer[] = [];

  ethernet(): this {
    return this.add({
      etherType: 0x6558,
      encode: (inside, next) => Buffer.concat([hex('020000000002 020000000001'), u16(typeOf(next)), inside]),
    });
  }

  /** IEEE 802.3 with LLC and SNAP. */
  snap(): this {
    return this.add({
      encode: (inside, next) =>
        Buffer.concat([
          hex('020000000002 020000000001'),
          u16(inside.length + 8),
          hex('aaaa03 000000'),
          u16(typeOf(next)),
          inside,
        ]),
    });
  }

  /** LINKTYPE_LINUX_SLL. */
  cooked(): this {
    return this.add({
      encode: (inside, next) => Buffer.concat([hex('0000 0001 0006 020000000001 0000'), u16(typeOf(next)), inside]),
    });
  }

  /** LINKTYPE_LINUX_SLL2. */
  cookedV2(): this {
    return this.add({
      encode: (inside, next) =>
        Buffer.concat([u16(typeOf(next)), hex('0000 00000002 0001 00 06 020000000001 0000'), inside]),
    });
  }

  vlan(id: number, type = 0x8100): this {
    return this.add({ etherType: type, encode: (inside, next) => Buffer.concat([u16(id), u16(typeOf(next)), inside]) });
  }

  mpls(...labels: number[]): this {
    return this.add({
      etherType: 0x8847,
      protocol: 137,
      encode: (inside) =>
        Buffer.concat([
          ...labels.map((label, i) => u32(label * 4096 + (i === labels.length - 1 ? 0x100 : 0) + 64)),
          inside,
        ]),
    });
  }

  pppoe(): this {
    return this.add({
      etherType: 0x8864,
      encode: (inside) => Buffer.concat([hex('1100 0001'), u16(inside.length), inside]),
    });
  }

  /** PPP protocol field, behind address and control where asked for. */
  ppp(addressAndControl = false): this {
    return this.add({
      etherType: 0x880b,
      encode: (inside, next) =>
        Buffer.concat([
          hex(addressAndControl ? 'ff03' : ''),
          u16(next?.etherType === 0x86dd ? 0x57 : next?.etherType === 0x8847 ? 0x281 : 0x21),
          inside,
        ]),
    });
  }

  ciscoHdlc(): this {
    return this.add({ encode: (inside, next) => Buffer.concat([hex('0f00'), u16(typeOf(next)), inside]) });
  }

  /** Any bytes in front of what follows. */
  raw(text: string, announced: { etherType?: number; protocol?: number } = {}): this {
    return this.add({ ...announced, encode: (inside) => Buffer.concat([hex(text), inside]) });
  }

  ipv4(source: string, destination: string, fields: Ipv4Fields = {}): this {
    const addresses = Buffer.concat([address(source), address(destination)]);
    return this.add({
      etherType: 0x0800,
      protocol: 4,
      addresses,
      encode: (inside, next) => {
        const header = Buffer.concat([
          Buffer.from([0x40 | ((fields.headerLength ?? 20) / 4), 0]),
          u16(fields.totalLength ?? 20 + inside.length),
          u16(fields.identification ?? 0),
          u16((fields.more ? 0x2000 : 0) | ((fields.offset ?? 0) / 8)),
          Buffer.from([64, fields.protocol ?? next?.protocol ?? 253, 0, 0]),
          addresses,
        ]);
        header.writeUInt16BE(checksum(header), 10);
        return Buffer.concat([header, inside]);
      },
    });
  }

  ipv6(source: string, destination: string, fields: Ipv6Fields = {}): this {
    const addresses = Buffer.concat([address(source), address(destination)]);
    return this.add({
      etherType: 0x86dd,
      protocol: 41,
      addresses,
      encode: (inside, next) =>
        Buffer.concat([
          hex('60000000'),
          u16(fields.payloadLength ?? inside.length),
          Buffer.from([fields.next ?? next?.protocol ?? 59, 64]),
          addresses,
          inside,
        ]),
    });
  }

  /** An IPv6 extension header of `units` x 8 bytes: 0 hop-by-hop, 43 routing, 60 destination options. */
  extension(protocol: number, units = 1): this {
    return this.add({
      protocol,
      encode: (inside, next) =>
        Buffer.concat([Buffer.from([next?.protocol ?? 59, units - 1]), Buffer.alloc(8 * units - 2), inside]),
    });
  }

  fragment6(identification: number, offset: number, more: boolean, protocol?: number): this {
    return this.add({
      protocol: 44,
      encode: (inside, next) =>
        Buffer.concat([
          Buffer.from([protocol ?? next?.protocol ?? 59, 0]),
          u16(offset | (more ? 1 : 0)),
          u32(identification),
          inside,
        ]),
    });
  }

  authentication(): this {
    return this.add({
      protocol: 51,
      encode: (inside, next) =>
        Buffer.concat([
          Buffer.from([next?.protocol ?? 59, 4]),
          hex('0000 00000100 00000001'),
          Buffer.alloc(12),
          inside,
        ]),
    });
  }

  /** ESP with NULL encryption and an integrity value of `icv` bytes, padded to 4 bytes. */
  esp(spi: number, icv = 12): this {
    return this.add({
      protocol: 50,
      encode: (inside, next) => {
        const padding = (4 - ((inside.length + 2) % 4)) % 4;
        const trailer = [...Array.from({ length: padding }, (_, i) => i + 1), padding, next?.protocol ?? 59];
        return Buffer.concat([u32(spi), u32(1), inside, Buffer.from(trailer), Buffer.alloc(icv, 0xa5)]);
      },
    });
  }

  udp(sourcePort: number, destinationPort: number, fields: { length?: number } = {}): this {
    return this.add({
      protocol: 17,
      encode: (inside) =>
        Buffer.concat([u16(sourcePort), u16(destinationPort), u16(fields.length ?? 8 + inside.length), u16(0), inside]),
    });
  }

  tcp(sourcePort: number, destinationPort: number, fields: TcpFields = {}): this {
    const flags = [...(fields.flags ?? 'A')].reduce((bits, letter) => bits | TCP_FLAGS[letter], 0);
    return this.add({
      protocol: 6,
      encode: (inside, _next, addresses) => {
        const segment = Buffer.concat([
          u16(sourcePort),
          u16(destinationPort),
          u32(fields.sequence ?? 0),
          u32(fields.acknowledgment ?? 0),
          Buffer.from([(fields.offset ?? 20) << 2, flags]),
          hex('ffff 0000 0000'),
          inside,
        ]);
        const pseudo = Buffer.concat([addresses, u16(6), u16(segment.length)]);
        segment.writeUInt16BE(checksum(Buffer.concat([pseudo, segment])), 16);
        return segment;
      },
    });
  }

  sctp(sourcePort: number, destinationPort: number, ...chunks: (DataChunk | Buffer)[]): this {
    return this.add({
      protocol: 132,
      encode: (inside) =>
        Buffer.concat([
          u16(sourcePort),
          u16(destinationPort),
          u32(1),
          u32(0),
          ...chunks.map((chunk) => (Buffer.isBuffer(chunk) ? chunk : dataChunk(chunk))),
          inside,
        ]),
    });
  }

  gre(fields: { key?: number; sequence?: number; checksum?: boolean; type?: number; version1?: boolean } = {}): this {
    const { key, sequence, type } = fields;
    return this.add({
      protocol: 47,
      encode: (inside, next) =>
        Buffer.concat([
          u16(
            (fields.checksum ? 0x8000 : 0) |
              (key === undefined ? 0 : 0x2000) |
              (sequence === undefined ? 0 : 0x1000) |
              (fields.version1 ? 0x81 : 0),
          ),
          u16(type ?? typeOf(next)),
          fields.checksum ? u32(0) : u32(0).subarray(4),
          key === undefined ? u32(0).subarray(4) : u32(key),
          sequence === undefined ? u32(0).subarray(4) : u32(sequence),
          fields.version1 ? u32(7) : u32(0).subarray(4),
          inside,
        ]),
    });
  }

  vxlan(network: number): this {
    return this.add({ encode: (inside) => Buffer.concat([u32(0x08000000), u32(network * 256), inside]) });
  }

  geneve(options = 0): this {
    return this.add({
      encode: (inside, next) =>
        Buffer.concat([Buffer.from([options / 4, 0]), u16(typeOf(next)), u32(0x100), Buffer.alloc(options), inside]),
    });
  }

  /** G-PDU; with a sequence number, or with extension headers of the given types (4 bytes each). */
  gtpu(fields: { sequence?: number; extensions?: number[] } = {}): this {
    const { sequence, extensions = [] } = fields;
    return this.add({
      encode: (inside) => {
        const optional =
          sequence === undefined && extensions.length === 0
            ? Buffer.alloc(0)
            : Buffer.concat([
                u16(sequence ?? 0),
                Buffer.from([0, extensions[0] ?? 0]),
                ...extensions.map((_, i) => Buffer.from([1, 0, 0, extensions[i + 1] ?? 0])),
              ]);
        const flags = 0x30 | (sequence === undefined ? 0 : 2) | (extensions.length > 0 ? 4 : 0);
        return Buffer.concat([
          Buffer.from([flags, 0xff]),
          u16(optional.length + inside.length),
          u32(0x1234),
          optional,
          inside,
        ]);
      },
    });
  }

  text(text: string): this {
    return this.data(Buffer.from(text, 'latin1'));
  }

  data(bytes: Buffer): this {
    return this.add({ encode: (inside) => Buffer.concat([bytes, inside]) });
  }

  bytes(): Buffer {
    return this.layers.reduceRight<Buffer>((inside, layer, i) => {
      const around = this.layers.slice(0, i).findLast(({ addresses }) => addresses !== undefined);
      return layer.encode(inside, this.layers[i + 1], around?.addresses ?? Buffer.alloc(0));
    }, Buffer.alloc(0));
  }

  private add(layer: Layer): this {
    this.layers.push(layer);
    return this;
  }
}

/** HEP3: magic, length, then chunks of vendor 0. */
export function hep3(fields: HepFields, extra: Buffer[] = [], payloadType = 15): Buffer {
  const source = address(fields.source);
  const six = source.length === 16;
  const body = Buffer.concat([
    hepChunk(1, Buffer.from([six ? 10 : 2])),
    hepChunk(2, Buffer.from([fields.protocol ?? 17])),
    hepChunk(six ? 5 : 3, source),
    hepChunk(six ? 6 : 4, address(fields.destination)),
    hepChunk(7, u16(fields.sourcePort)),
    hepChunk(8, u16(fields.destinationPort)),
    hepChunk(9, u32(fields.seconds ?? 0)),
    hepChunk(10, u32(fields.microseconds ?? 0)),
    hepChunk(11, Buffer.from([fields.kind ?? 1])),
    ...extra,
    hepChunk(payloadType, Buffer.from(fields.payload as Buffer)),
  ]);
  return Buffer.concat([Buffer.from('HEP3'), u16(body.length + 6), body]);
}

export function hepChunk(type: number, value: Buffer): Buffer {
  return Buffer.concat([u16(0), u16(type), u16(6 + value.length), value]);
}

/** HEP version 1 or 2, times in little-endian order. */
export function hep2(version: 1 | 2, fields: HepFields): Buffer {
  const source = address(fields.source);
  const time = Buffer.alloc(version === 2 ? 12 : 0);
  if (version === 2) {
    time.writeUInt32LE(fields.seconds ?? 0, 0);
    time.writeUInt32LE(fields.microseconds ?? 0, 4);
  }
  return Buffer.concat([
    Buffer.from([version, 8 + 2 * source.length + time.length, source.length === 4 ? 2 : 10, fields.protocol ?? 17]),
    u16(fields.sourcePort),
    u16(fields.destinationPort),
    source,
    address(fields.destination),
    time,
    Buffer.from(fields.payload as Buffer),
  ]);
}

const TCP_FLAGS: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

function dataChunk(chunk: DataChunk): Buffer {
  const payload = Buffer.from(chunk.payload as Buffer);
  const flags = chunk.flags ?? 'BE';
  return Buffer.concat([
    Buffer.from([0, (flags.includes('B') ? 2 : 0) | (flags.includes('E') ? 1 : 0)]),
    u16(16 + payload.length),
    u32(chunk.tsn),
    u16(chunk.stream ?? 0),
    u16(0),
    u32(chunk.ppid ?? 0),
    payload,
    Buffer.alloc((4 - (payload.length % 4)) % 4),
  ]);
}

function typeOf(layer: Layer | undefined): number {
  return layer?.etherType ?? 0x88b5;
}

/** Bytes of an IP address: dotted, or groups of hexadecimal with one `::`. */
export function address(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number));
  const [left, right] = text.split('::').map((side) => (side === '' ? [] : side.split(':')));
  const groups = right === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return Buffer.concat(groups.map((group) => u16(Number.parseInt(group, 16))));
}

/** Bytes of hexadecimal digits, blanks between them allowed. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

export function u16(value: number): Buffer {
  return Buffer.from([value >>> 8, value]);
}

export function u32(value: number): Buffer {
  return Buffer.concat([u16(Math.floor(value / 0x10000) & 0xffff), u16(value & 0xffff)]);
}

/** RFC 1071. */
function checksum(data: Buffer): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += i % 2 === 0 ? data[i] << 8 : data[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
