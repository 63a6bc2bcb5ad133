import { type Digits, digitsText } from '../../src/ss7/digits.ts';
import type { Bytes, CellView, Radio } from '../../src/ss7/message.ts';
import { createRadio, radioTypeName, readBssap } from '../../src/ss7/radio/bssap.ts';
import { BssmapType } from '../../src/ss7/radio/bssmap-names.ts';
import { readNas } from '../../src/ss7/radio/nas.ts';
import { readRanap } from '../../src/ss7/radio/ranap.ts';
import type { Layer } from './layers.ts';

/** A field of tshark in one of its layers, and the same of ours. Numbers as numbers, digits and bytes as text. */
type Row = readonly [layer: string, fields: readonly string[], ours: (radio: Radio) => number | string | null];

const digits = (view: Digits): string | null => digitsText(view);
const bytes = ({ data, start, end }: Bytes): string | null => (end > start ? data.toString('hex', start, end) : null);
const isHandover = (radio: Radio): boolean =>
  radio.type === BssmapType.handoverRequired || radio.type === BssmapType.handoverCommand;
const cell = (radio: Radio): CellView => (isHandover(radio) ? radio.target : radio.cell);
const network = (value: number, width: number): string | null =>
  value < 0 ? null : String(value).padStart(width, '0');

const TYPES = ['mm', 'cc', 'rr', 'sms', 'ss', 'gmm', 'sm', 'gcc', 'bcc'].map((name) => `gsm_a.dtap.msg_${name}_type`);

/** What is compared of every message. */
const ROWS: readonly Row[] = [
  ['gsm_a.bssmap', ['gsm_a.bssmap.msgtype'], (radio) => radio.type],
  ['gsm_a.bssmap', ['gsm_a.bssmap.cause'], (radio) => radio.cause],
  ['gsm_a.bssmap', ['gsm_a.bssmap.cell_lac'], (radio) => cell(radio).lac],
  ['gsm_a.bssmap', ['gsm_a.bssmap.cell_ci'], (radio) => cell(radio).ci],
  ['gsm_a.bssmap', ['e212.imsi'], (radio) => digits(radio.imsi)],
  ['gsm_a.bssmap', ['gsm_a.tmsi'], (radio) => radio.tmsi],
  ['gsm_a.bssmap', ['e212.mcc'], (radio) => network(cell(radio).mcc, 3)],
  ['gsm_a.bssmap', ['e212.mnc'], (radio) => network(cell(radio).mnc, cell(radio).mncDigits)],
  ['ranap', ['ranap.RANAP_PDU'], (radio) => radio.outcome],
  ['ranap', ['ranap.procedureCode'], (radio) => radio.type],
  ['ranap', ['e212.imsi'], (radio) => digits(radio.imsi)],
  ['ranap', ['ranap.CN_DomainIndicator'], (radio) => radio.domain],
  ['ranap', ['e212.sai.mcc'], (radio) => (radio.cell.ci < 0 ? null : network(radio.cell.mcc, 3))],
  ['ranap', ['e212.sai.mnc'], (radio) => (radio.cell.ci < 0 ? null : network(radio.cell.mnc, radio.cell.mncDigits))],
  ['ranap', ['ranap.sAC'], (radio) => radio.cell.ci],
  ['ranap', ['ranap.lAC'], (radio) => radio.cell.lac],
  ['ranap', ['ranap.nAS', 'ranap.radioNetwork', 'ranap.misc'], (radio) => radio.cause],
  ['gsm_a.dtap', ['gsm_a.dtap.protocol_discriminator'], ({ nas }) => nas.discriminator],
  ['gsm_a.dtap', TYPES, ({ nas }) => nas.type],
  ['gsm_a.dtap', ['gsm_a.dtap.ti_flag'], ({ nas }) => (nas.transaction < 0 ? -1 : nas.transaction >> 3)],
  ['gsm_a.dtap', ['gsm_a.dtap.tio'], ({ nas }) => (nas.transaction < 0 ? -1 : nas.transaction & 7)],
  ['gsm_a.dtap', ['e212.imsi'], ({ nas }) => digits(nas.imsi)],
  ['gsm_a.dtap', ['gsm_a.imei'], ({ nas }) => digits(nas.imei)],
  ['gsm_a.dtap', ['gsm_a.imeisv'], ({ nas }) => digits(nas.imeisv)],
  ['gsm_a.dtap', ['3gpp.tmsi'], ({ nas }) => nas.tmsi],
  ['gsm_a.dtap', ['e212.lai.mcc'], ({ nas }) => network(nas.area.mcc, 3)],
  ['gsm_a.dtap', ['e212.lai.mnc'], ({ nas }) => network(nas.area.mnc, nas.area.mncDigits)],
  ['gsm_a.dtap', ['gsm_a.lac'], ({ nas }) => nas.area.lac],
  ['gsm_a.dtap', ['gsm_a.dtap.updating_type'], ({ nas }) => nas.luType],
  ['gsm_a.dtap', ['gsm_a.dtap.service_type'], ({ nas }) => nas.service],
  ['gsm_a.dtap', ['gsm_a.dtap.type_of_identity'], ({ nas }) => nas.identityType],
  ['gsm_a.dtap', ['gsm_a.dtap.rej_cause'], ({ nas }) => nas.reject],
  ['gsm_a.dtap', ['gsm_a.dtap.cause'], ({ nas }) => (nas.discriminator === 3 ? nas.cause : -1)],
  ['gsm_a.dtap', ['gsm_a.dtap.cld_party_bcd_num'], ({ nas }) => digits(nas.called)],
  ['gsm_a.dtap', ['gsm_a.dtap.clg_party_bcd_num'], ({ nas }) => digits(nas.calling)],
  ['gsm_a.dtap', ['gsm_old.localValue'], ({ nas }) => nas.ssOperation],
  ['gsm_a.dtap', ['gsm_map.ss.ussd_String'], ({ nas }) => bytes(nas.ussd)],
  ['gsm_a.dtap', ['gsm_map.ss_Code', 'gsm_map.ss.ss_Code'], ({ nas }) => nas.ssCode],
  ['gsm_a.dtap', ['e164.msisdn'], ({ nas }) => digits(nas.forwardedTo)],
  ['gsm_a.rp', ['gsm_a.rp.msg_type'], ({ nas }) => nas.rpType],
  ['gsm_a.rp', ['gsm_a.rp.cause'], ({ nas }) => (nas.rpType === 4 || nas.rpType === 5 ? nas.cause : -1)],
  ['gsm_a.rp', ['gsm_a.dtap.cld_party_bcd_num'], ({ nas }) => digits(nas.serviceCentre)],
  ['gsm_a.rp', ['gsm_sms.tp-da', 'gsm_sms.tp-oa'], ({ nas }) => digits(nas.smsAddress)],
  ['gsm_a.rp', ['gsm_sms.tp-mti'], ({ nas }) => nas.smsType],
];

/** The layer of {@link ROWS} that stands around layer 3. */
const OUTSIDE = { bssap: 'gsm_a.bssmap', ranap: 'ranap', 'gsm_a.dtap': '' } as const;

/** What a comparison came to. */
export interface Comparison {
  messages: number;
  fields: number;
  wrong: string[];
  names: Record<string, number>;
}

/** Readers of what is compared, by the name of tshark's layer. */
const READERS = {
  bssap: readBssap,
  ranap: readRanap,
  'gsm_a.dtap': (data: Buffer, start: number, end: number, radio: Radio) => readNas(data, start, end, radio.nas),
} as const;

/** Compares every layer of this name, one in a packet, with what is read here. */
export function compareRadio(layers: readonly Layer[], protocol: keyof typeof READERS): Comparison {
  const radio = createRadio();
  const result: Comparison = { messages: layers.length, fields: 0, wrong: [], names: {} };
  for (const layer of layers) {
    const data = layer.bytes;
    const stop = READERS[protocol](data, 0, data.length, radio);
    const name = radioTypeName(radio);
    result.names[name] = (result.names[name] ?? 0) + 1;
    if (stop !== null) result.wrong.push(`frame ${layer.frame}: ${JSON.stringify(stop)}`);
    for (const [inside, fields, ours] of ROWS) {
      if ((inside === 'gsm_a.bssmap' || inside === 'ranap') && inside !== OUTSIDE[protocol]) continue;
      // The network of an IMSI has the same field names as that of a cell.
      if (inside === 'gsm_a.bssmap' && fields[0]!.startsWith('e212.m') && radio.imsi.count > 0) continue;
      // Below DIAG and RSL the relay layer does not stand beside layer 3.
      if (inside === 'gsm_a.rp' && protocol === 'gsm_a.dtap') continue;
      // tshark tells what is in a handover command only where it has seen the connection set up.
      if (/^handover(Command|RequestAcknowledge)$/.test(name) && inside === 'gsm_a.dtap') continue;
      const got = present(ours(radio));
      const expected = witness(layer, protocol, inside, fields, got);
      if (expected !== null || got !== null) result.fields++;
      if (expected !== got)
        result.wrong.push(`frame ${layer.frame} ${name}: ${inside} ${fields[0]} ${expected}, here ${got}`);
    }
  }
  return result;
}

function present(value: number | string | null): number | string | null {
  return typeof value === 'number' && value < 0 ? null : value;
}

/** The first occurrence, brought to the kind of value that we have. */
function witness(layer: Layer, name: string, inside: string, fields: readonly string[], like: number | string | null) {
  for (const field of fields) {
    const text = (inside === name ? layer.values(field) : layer.beside(inside, field))[0];
    if (text === undefined || text === '') continue;
    return typeof like === 'string' ? text.replaceAll(':', '') : Number(text);
  }
  return null;
}
