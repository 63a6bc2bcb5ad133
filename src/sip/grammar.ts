import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import { add, type Counters } from '../base/counters.ts';

/** What sip.js makes of a name-addr or addr-spec header value. Users are unescaped and have their password. */
export interface GrammarAddress {
  displayName: string | undefined;
  scheme: string;
  user: string | undefined;
  host: string;
  port: number | undefined;
  uriParams: Record<string, string | null | undefined>;
  params: Record<string, string | null | undefined>;
}

interface SipJsUri {
  raw: { scheme: string; user?: string; host: string; port?: number };
  parameters: Record<string, string | null | undefined>;
}

interface SipJsNameAddr {
  displayName?: string;
  uri: SipJsUri;
  parameters: Record<string, string | null | undefined>;
}

/** Values that sip.js may be asked about: this many at once, and one more each {@link MESSAGES_PER_VALUE} messages. */
const FIRST_VALUES = 64;
const MESSAGES_PER_VALUE = 10_000;
/** Longest value that sip.js is asked about. */
const LONGEST = 2048;

/**
 * sip.js parses some hundreds of values a second, so that a capture may ask for few: 64, and one more for each 10,000 messages.
 * Values beyond that are counted as the anomaly `sip grammar budget`.
 */
export class GrammarBudget {
  private spent = 0;
  private messages = 0;
  private readonly counters: Counters;

  constructor(counters: Counters) {
    this.counters = counters;
  }

  /** Call once a message. */
  message(): void {
    this.messages++;
  }

  /** True where one more value may be parsed; it is then spent. */
  take(): boolean {
    if (this.spent < FIRST_VALUES + Math.floor(this.messages / MESSAGES_PER_VALUE)) {
      this.spent++;
      return true;
    }
    add(this.counters.anomalies, 'sip grammar budget');
    return false;
  }
}

/** sip.js's reading of one element of a From, To or Contact header, null where it is none by its grammar. */
export function grammarAddress(text: string): GrammarAddress | null {
  if (text.length > LONGEST) return null;
  // `From` is name-addr or addr-spec with parameters; the tag is not compulsory in it.
  const parsed = Grammar.parse(text, 'From') as SipJsNameAddr | -1;
  if (parsed === -1 || parsed.uri === undefined) return null;
  const { raw, parameters } = parsed.uri;
  return {
    displayName: parsed.displayName,
    scheme: raw.scheme.toLowerCase(),
    user: raw.user,
    host: raw.host,
    // An empty port is allowed, and NaN to sip.js.
    port: Number.isNaN(raw.port) ? undefined : raw.port,
    uriParams: parameters,
    params: parsed.parameters,
  };
}
