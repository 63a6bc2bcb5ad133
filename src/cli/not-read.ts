import type { Counters } from '../base/counters.ts';
import { INCOMPLETE } from '../network/fragments.ts';
import { UNKNOWN_LINK } from '../network/link.ts';
import type { Language } from './options.ts';
import { count, figure } from './report.ts';

/** Names of counts of messages whose protocol is known and not read. */
const NOT_DECODED = 'not decoded ';

/** What is said of so many of what could not be read; `name` is that of a kind of link, a protocol, a limit. */
type Words = Record<'tls' | 'esp' | 'cut' | 'incomplete', (many: number) => string> &
  Record<'link' | 'protocol' | 'limit', (many: number, name: string) => string> & { all: (parts: string[]) => string };

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    tls: (many) => count(many, 'encrypted SIP flow'),
    esp: (many) => count(many, 'ciphered ESP flow'),
    cut: (many) => `${count(many, 'packet')} cut short`,
    incomplete: (many) => `the end of ${count(many, 'datagram')} of which fragments are missing`,
    link: (many, name) => `${count(many, 'packet')} of link type ${name}`,
    protocol: (many, name) => count(many, `${name} message`),
    limit: (many, name) => `${figure(many)} dropped by limit ${name}`,
    all: (parts) => `Not read: ${parts.join('; ')}.`,
  },
  zh: {
    tls: (many) => `${figure(many)} 条加密的 SIP 流`,
    esp: (many) => `${figure(many)} 条加密的 ESP 流`,
    cut: (many) => `${figure(many)} 个被截断的数据包`,
    incomplete: (many) => `${figure(many)} 个缺少分片的数据报的后半部分`,
    link: (many, name) => `${figure(many)} 个链路类型为 ${name} 的数据包`,
    protocol: (many, name) => `${figure(many)} 条 ${name} 消息`,
    limit: (many, name) => `${figure(many)} 项超出限制 ${name}`,
    all: (parts) => `未读取：${parts.join('；')}。`,
  },
};

/** What could not be read, in words; empty where there is nothing to say. */
export function notRead({ encrypted, packets, messages, dropped }: Counters, language: Language = 'en'): string {
  const words = WORDS[language];
  const said = (many: number | undefined, of: (many: number) => string): string[] =>
    many === undefined || many === 0 ? [] : [of(many)];
  const named = (counts: ReadonlyMap<string, number>, prefix: string, of: Words['link']): string[] =>
    [...counts].flatMap(([name, many]) => (name.startsWith(prefix) ? [of(many, name.slice(prefix.length))] : []));
  const parts = [
    ...said(encrypted.get('tls'), words.tls),
    ...said(encrypted.get('esp'), words.esp),
    ...said(packets.get('cut'), words.cut),
    ...said(packets.get(INCOMPLETE), words.incomplete),
    ...named(packets, UNKNOWN_LINK, words.link),
    ...named(messages, NOT_DECODED, words.protocol),
    ...named(dropped, '', words.limit),
  ];
  return parts.length === 0 ? '' : words.all(parts);
}
