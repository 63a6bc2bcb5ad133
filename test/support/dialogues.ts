import type { CatpoolEvent } from '../../src/events/event.ts';
import type { SccpAddressFields } from '../../src/ss7/sccp/sccp-encode.ts';
import * as cap from '../../src/ss7/tcap/cap-encode.ts';
import * as map from '../../src/ss7/tcap/map-encode.ts';
import { type ContextName, encodeTcap, type TcapText } from '../../src/ss7/tcap/tcap-encode.ts';
import { eventsWhateverTheCut, Scene } from './ss7-events.ts';

export const { MapContext } = map;
export const { CapContext } = cap;
export const IMSI = '460001234567890';
export const MSISDN = '8613912345678';
export const OTHER = '8613800000002';
export const VLR = '8613900200';
export const MSC = '8613900100';
export const HLR = '8613900300';
export const CENTRE = '8613800100500';
export const IMEI = '35693803564980';
export const CELL = { mcc: '460', mnc: '00', lac: 6151, ci: 1 };

export const node = (ssn: number, digits: string) => ({ ssn, title: { digits } });
let identifiers = 0;

/** Two nodes talk in dialogues of identifiers of their own. */
export class Talk {
  private readonly scene: Scene;
  private readonly context: ContextName;
  private readonly ends: readonly [ReturnType<typeof node>, ReturnType<typeof node>];
  private readonly a = ++identifiers;
  private readonly b = 0x8000_0000 + identifiers;

  constructor(
    scene: Scene,
    context: ContextName,
    ends: readonly [ReturnType<typeof node>, ReturnType<typeof node>] = [node(7, VLR), node(6, HLR)],
  ) {
    this.scene = scene;
    this.context = context;
    this.ends = ends;
  }

  begin(at: number, ...components: Buffer[]): this {
    return this.say(at, true, { type: 'begin', originating: this.a, components, context: this.context });
  }
  /** The first answer accepts the context. */
  answer(at: number, ...components: Buffer[]): this {
    const { a, b, context } = this;
    return this.say(at, false, { type: 'continue', originating: b, destination: a, components, context });
  }
  more(at: number, fromFirst: boolean, ...components: Buffer[]): this {
    const { a, b } = this;
    const [originating, destination] = fromFirst ? [a, b] : [b, a];
    return this.say(at, fromFirst, { type: 'continue', originating, destination, components });
  }
  end(at: number, fromFirst: boolean, ...components: Buffer[]): this {
    return this.say(at, fromFirst, { type: 'end', destination: fromFirst ? this.b : this.a, components });
  }

  /** One side gives up (U-ABORT without a reason, or the layer below where it has a cause). */
  abort(at: number, fromFirst: boolean, abortCause?: number): this {
    const destination = fromFirst ? this.b : this.a;
    return this.say(at, fromFirst, { type: 'abort', destination, ...(abortCause === undefined ? {} : { abortCause }) });
  }

  /** The last message comes back from `opc`, which has no translation for its called address (Q.713 §3.12: 0). */
  returned(at: number, type: 'UDTS' | 'XUDTS' | 'LUDTS', opc: number): this {
    const { calling, called, from, data } = this.last!;
    const segmentation = { first: true, remaining: 0, reference: 1 };
    const fields = { type, calling: called, called: calling, cause: 0, hopCounter: 9, data };
    this.scene.sccp(at, opc, from, type === 'UDTS' ? fields : { ...fields, segmentation });
    return this;
  }
  private last: { calling: SccpAddressFields; called: SccpAddressFields; from: number; data: Buffer } | null = null;

  private say(at: number, fromFirst: boolean, text: TcapText): this {
    const [first, second] = this.ends;
    const [calling, called] = fromFirst ? [first, second] : [second, first];
    const [opc, dpc] = fromFirst ? [10, 20] : [20, 10];
    this.last = { calling, called, from: opc, data: encodeTcap(text) };
    this.scene.tcap(at, opc, dpc, calling, called, text);
    return this;
  }
}

/** A dialogue before those of the test: nothing of them is the first thing of the capture. */
export function afterAnother(): Scene {
  const scene = new Scene();
  new Talk(scene, MapContext.locationCancellation, [node(6, '491700'), node(7, '491701')]).begin(0).end(0.5, false);
  return scene;
}

/** A capture with one dialogue more. */
export function scene(talk: (scene: Scene) => unknown): CatpoolEvent[] {
  const made = afterAnother();
  talk(made);
  return eventsWhateverTheCut(made);
}
