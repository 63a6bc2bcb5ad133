import type { Limits } from '../base/limits.ts';
import { regionOfMcc } from '../base/mcc.ts';
import { regionOfCode, regionOfForm } from '../base/number-form.ts';
import { countryCodeOf, numberPlan } from '../base/numbers.ts';
import type { CaptureInput } from '../capture/list.ts';
import { type CaptureObserver, decodeCapture } from '../events/capture-events.ts';
import { ss7Record } from '../messages/ss7-record.ts';
import { parseAccessNetwork } from '../sip/access-network.ts';
import type { AddressReader } from '../sip/address-reader.ts';
import { assertedUser, fromUser, headerText, requestUri } from '../sip/fields.ts';
import { Header, Method, type SipMessage } from '../sip/message.ts';
import { type Digits, digitsText, INTERNATIONAL, NATIONAL } from '../ss7/digits.ts';
import type { Ss7Message, Ss7VariantId } from '../ss7/message.ts';

/** The country that captures are of, and what says so. */
export interface HomeCountry {
  /** ISO 3166-1 code. */
  region: string;
  /** Signs of it, and of all countries, in what was looked at. */
  signs: number;
  of: number;
  by: 'cells' | 'SIMs' | 'callers';
}

/** Messages that are looked at, over all captures, and cells from which on nothing else is needed. */
const MESSAGES = 20_000;
const ENOUGH_CELLS = 200;
/** Share of the signs that one country needs: subscribers travel, and callers from abroad come in. */
const SHARE = 0.8;
/** Signs of each kind, at least. One cell is the network's own. */
const LEAST = { cells: 1, SIMs: 3, callers: 5 } as const;

/** Names of home networks in addresses (3GPP TS 23.003 §13.2), and IMSIs before them. */
const REALM = /\.mcc(\d{3})\.3gppnetwork\.org/i;

/**
 * Tells from the beginning of captures which country they are of: by the cells that phones are in, else by the IMSIs and home networks of
 * subscribers, else by the countries of those who call by SIP or ISUP, where most show one, else by the one country whose numbers theirs can be.
 * Captures are read in their order until there is enough; standard input is left alone.
 *
 * @param isLenient leaves out captures that cannot be read, in place of throwing why
 * @param signal ends it: what was seen until then decides
 * @returns null where nothing tells it, or no country stands out
 */
export async function findHomeCountry(
  inputs: readonly CaptureInput[],
  limits: Limits,
  ss7Variant: Ss7VariantId | null = null,
  { isLenient = false, signal }: { isLenient?: boolean; signal?: AbortSignal } = {},
): Promise<HomeCountry | null> {
  const signs = new Signs();
  for (const input of inputs) {
    if (signs.isEnough() || signal?.aborted) break;
    if (input.kind === 'stdin') continue;
    const enough = new AbortController();
    const ended = signal === undefined ? enough.signal : AbortSignal.any([enough.signal, signal]);
    const note = (read: () => void): void => {
      if (signs.isEnough()) enough.abort(enough);
      else read();
    };
    const context = { feed: '', plan: numberPlan(null), ss7Variant };
    const observer: CaptureObserver = {
      onMessage: (message, _payload, _duplicate, addresses) => note(() => signs.sip(message, addresses)),
      onSs7: (message, payload, duplicate) =>
        note(() => signs.ss7(ss7Record(message, payload, duplicate, ''), message)),
    };
    try {
      await decodeCapture(input, context, limits, observer, { signal: ended, named: false });
    } catch (error) {
      if (!ended.aborted && !isLenient) throw error;
    }
  }
  return signs.decide();
}

/** What messages show of countries. */
class Signs {
  private readonly cells = new Map<string, number>();
  private readonly sims = new Map<string, number>();
  /** Of each caller by SIP or ISUP, the country code of its number; null where it has none. */
  private readonly callers = new Map<string, string | null>();
  private messages = 0;
  private inCells = 0;

  isEnough(): boolean {
    return this.messages >= MESSAGES || this.inCells >= ENOUGH_CELLS;
  }

  sip(message: SipMessage, addresses: AddressReader): void {
    this.messages++;
    const place = headerText(message, Header.PAccessNetworkInfo);
    this.cell(place === null ? null : (parseAccessNetwork(place)?.mcc ?? null));
    const isRequest = message.status === 0;
    const realm = [Header.From, Header.Authorization, Header.To].map((header) => headerText(message, header));
    if (isRequest) realm.push(requestUri(message));
    for (const text of realm) {
      const mcc = text === null ? null : REALM.exec(text);
      if (mcc === null) continue;
      count(this.sims, regionOfMcc(mcc[1]!));
      break;
    }
    if (!isRequest || message.method !== Method.INVITE) return;
    const caller = assertedUser(message, addresses) ?? fromUser(message, addresses);
    if (caller === null || !/^\+?\d{7,15}$/.test(caller)) return;
    const [, international] = /^(?:\+|00)(.*)$/.exec(caller) ?? [];
    this.noteCaller(caller, international ?? null);
  }

  ss7({ mcc, imsi }: Record<string, unknown>, { protocol, isup }: Ss7Message): void {
    this.messages++;
    this.cell(typeof mcc === 'string' ? mcc : null);
    if (typeof imsi === 'string') count(this.sims, regionOfMcc(imsi.slice(0, 3)));
    if (protocol === 'isup' || protocol === 'bicc') this.caller(isup.calling);
  }

  /** A caller on a trunk, whose number the nature of address says to be international or national (Q.763 §3.10). */
  private caller(calling: Digits): void {
    const text = digitsText(calling);
    if (text === null || !/^\d{7,15}$/.test(text)) return;
    const isWhole = calling.nature === INTERNATIONAL;
    if (isWhole || calling.nature === NATIONAL) this.noteCaller(text, isWhole ? text : null);
  }

  decide(): HomeCountry | null {
    return standsOut('cells', this.cells) ?? standsOut('SIMs', this.sims) ?? this.byCallers();
  }

  /** Of callers: where most that have a country code are of one country, those without are of it too whose number has that country's form. */
  private byCallers(): HomeCountry | null {
    const abroad = new Map<string, number>();
    for (const code of this.callers.values()) if (code !== null) count(abroad, regionOfCode(code));
    const most = standsOut('callers', abroad);
    if (most === null) return abroad.size > 0 ? null : this.byForm();
    const plan = numberPlan(most.region);
    for (const [caller, code] of this.callers) {
      if (code !== null) continue;
      const number = plan.normalise(caller);
      const country = number === null ? null : countryCodeOf(number);
      // It may have the country code and nothing before it; one of a single digit begins other countries' own numbers as well.
      if (country !== null && (number !== caller || country.length > 1) && regionOfCode(country) === most.region)
        count(abroad, most.region);
    }
    return standsOut('callers', abroad, this.callers.size);
  }

  /** Where no caller shows a country: by how their numbers look. */
  private byForm(): HomeCountry | null {
    const found = regionOfForm([...this.callers.keys()].filter((caller) => /^(?!00)\d/.test(caller)));
    return found === null ? null : { ...found, by: 'callers' };
  }

  /** @param international its digits from the country code on; null where it has none */
  private noteCaller(caller: string, international: string | null): void {
    if (this.callers.has(caller)) return;
    this.callers.set(caller, international === null ? null : countryCodeOf(international));
  }

  private cell(mcc: string | null): void {
    const region = mcc === null ? null : regionOfMcc(mcc);
    if (region !== null) this.inCells++;
    count(this.cells, region);
  }
}

function count(into: Map<string, number>, region: string | null): void {
  if (region !== null) into.set(region, (into.get(region) ?? 0) + 1);
}

/** The country that most signs are of, where they are enough and most of `all`. */
function standsOut(by: HomeCountry['by'], counts: ReadonlyMap<string, number>, all?: number): HomeCountry | null {
  const of = all ?? [...counts.values()].reduce((sum, one) => sum + one, 0);
  let best: [string, number] | null = null;
  for (const one of counts) if (best === null || one[1] > best[1]) best = one;
  if (best === null || of < LEAST[by] || best[1] < SHARE * of) return null;
  return { region: best[0], signs: best[1], of, by };
}
