import type { Random } from '../../base/random.ts';
import { ServiceIndicator } from '../../ss7/message.ts';
import { encodeSccp, encodeSegments, type SccpAddressFields } from '../../ss7/sccp/sccp-encode.ts';
import { type ContextName, encodeTcap, type TcapText } from '../../ss7/tcap/tcap-encode.ts';
import type { Numbers } from './connection.ts';
import type { Link, Node } from './link.ts';
import type { Exchange } from './nodes.ts';
import type { Script } from './script.ts';

/** Subsystem numbers (3GPP TS 23.003 §8.1). */
export const Subsystem = { hlr: 6, vlr: 7, msc: 8, eir: 9, cap: 146, gsmScf: 147 } as const;

/** Longest user data of a UDT. */
const UNIT = 250;

/** One TCAP dialogue: who began it with whom, over the link of the exchange that has part in it. */
export class Dialogue {
  private readonly script: Script;
  private readonly link: Link | null;
  private readonly begins: { node: Node; address: SccpAddressFields };
  private readonly answers: { node: Node; address: SccpAddressFields };
  private readonly context: ContextName;
  private readonly near: number;
  private readonly far: number;
  private readonly exchange: Exchange;
  private readonly sls: number;
  private accepted = false;

  constructor(
    script: Script,
    kind: 'map' | 'cap',
    exchange: Exchange,
    begins: { node: Node; ssn: number },
    answers: { node: Node; ssn: number },
    context: ContextName,
    numbers: Numbers,
    random: Random,
  ) {
    this.script = script;
    this.exchange = exchange;
    this.link = kind === 'map' ? exchange.map : exchange.cap;
    this.begins = { node: begins.node, address: addressOf(begins) };
    this.answers = { node: answers.node, address: addressOf(answers) };
    this.context = context;
    this.near = numbers.nextTransaction();
    this.far = numbers.nextTransaction();
    this.sls = random.integer(0, 15);
  }

  begin(time: number, components: readonly Buffer[], referenceImsi?: string): number {
    const { near, context } = this;
    const reference = referenceImsi === undefined ? {} : { referenceImsi };
    return this.put(time, true, { type: 'begin', originating: near, context, components, ...reference });
  }

  /** @param forward from the end that began */
  more(time: number, forward: boolean, components: readonly Buffer[]): number {
    const { near, far } = this;
    return this.put(time, forward, {
      type: 'continue',
      originating: forward ? near : far,
      destination: forward ? far : near,
      components,
      ...this.acceptance(forward),
    });
  }

  finish(time: number, forward: boolean, components: readonly Buffer[]): number {
    return this.put(time, forward, {
      type: 'end',
      destination: forward ? this.far : this.near,
      ...(components.length === 0 ? {} : { components }),
      ...this.acceptance(forward),
    });
  }

  /** The first answer accepts the dialogue (Q.773 §3.2.2). */
  private acceptance(forward: boolean): { context?: ContextName } {
    if (forward || this.accepted) return {};
    this.accepted = true;
    return { context: this.context };
  }

  private put(time: number, forward: boolean, message: TcapText): number {
    if (this.link === null) return time;
    const from = forward ? this.begins : this.answers;
    const to = forward ? this.answers : this.begins;
    const data = encodeTcap(message);
    const fields = { called: to.address, calling: from.address, data };
    const users =
      data.length > UNIT ? encodeSegments(fields, this.near & 0xff_ffff) : [encodeSccp({ type: 'UDT', ...fields })];
    for (const user of users) {
      this.script.add(time, this.link, {
        fromFirst: from.node.pointCode === this.exchange.pointCode,
        opc: from.node.pointCode,
        dpc: to.node.pointCode,
        serviceIndicator: ServiceIndicator.sccp,
        sls: this.sls,
        user,
      });
    }
    return time;
  }
}

function addressOf({ node, ssn }: { node: Node; ssn: number }): SccpAddressFields {
  return { ssn, title: { digits: node.title } };
}
