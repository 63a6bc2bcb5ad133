/** The part of the npm package pcap-parser, which has no types of its own, that tests use. */
declare module 'pcap-parser' {
  interface Packet {
    header: {
      timestampSeconds: number;
      timestampMicroseconds: number;
      capturedLength: number;
      originalLength: number;
    };
    data: Buffer;
  }

  interface Parser {
    on(event: 'globalHeader', listener: (header: { linkLayerType: number }) => void): this;
    on(event: 'packet', listener: (packet: Packet) => void): this;
    on(event: 'end', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  export function parse(input: string): Parser;
}
