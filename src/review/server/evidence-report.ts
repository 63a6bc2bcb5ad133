import type { LineRow } from '../../store/cases/queue.ts';
import type { Reply } from './api.ts';
import type { EvidenceVerdict } from './evidence.ts';

/** Of a line, what its calls and devices come to. */
export type LineActivity = Pick<
  Reply<'activity'>,
  'counterparts' | 'distinct_counterparts' | 'cells' | 'devices' | 'endpoints'
>;

export interface ReportFacts {
  subject: string;
  person: string;
  /** Seconds since the epoch. */
  at: number;
  verdicts: readonly (EvidenceVerdict & { activity: LineActivity })[];
  events: number;
  packets: number;
  /** Names of the files that are there. */
  files: readonly string[];
  /** Of the model that gave the verdicts; null where it is not known. */
  model: { name: string; simulated: boolean } | null;
  notes: readonly string[];
  /** A time as people there read it. @param epochSeconds seconds since the epoch */
  time: (epochSeconds: number) => string;
}

/** Tiers in both languages, as the pages name them. */
export const TIERS: Readonly<Record<LineRow['tier'], readonly [en: string, zh: string]>> = {
  none: ['not suspected', '未见可疑'],
  suspect: ['suspect', '可疑'],
  strong: ['strongly suspected', '高度可疑'],
};

/** What is in a package besides the report. */
const FILES: readonly (readonly [name: string, en: string, zh: string])[] = [
  ['lead.json', 'the case: its lines, why, the measure and the orders', '案件：线路、理由、处置措施与指令'],
  ['verdict.json', 'verdict, score and reasons of each line', '各线路的结论、得分与理由'],
  ['features.json', 'the numbers that the verdict rests on', '结论所依据的特征值'],
  [
    'calls.csv',
    'calls, messages, registrations, with capture and frame of each',
    '通话、短信、注册等事件，各附抓包与帧号',
  ],
  ['packets.pcapng', 'the packets themselves, for Wireshark', '原始数据包，可用 Wireshark 打开'],
  ['manifest.json', 'what is in this package, by whom and when', '本证据包的内容、导出人与时间'],
  [
    'SHA256SUMS',
    'sums of all files; sha256sum -c SHA256SUMS verifies them',
    '所有文件的校验和；用 sha256sum -c SHA256SUMS 校验',
  ],
];
/** What is made when all others are. */
const ALWAYS: readonly string[] = ['manifest.json', 'SHA256SUMS'];
/** Rows of a table of one line. */
const MOST_ROWS = 10;

const STYLE = `
@page{size:A4;margin:18mm 16mm 20mm;@bottom-right{content:counter(page) " / " counter(pages);font:9pt sans-serif;color:#555}}
body{font:11pt/1.5 "Noto Sans","Liberation Sans","DejaVu Sans","Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#111}
@media print{body{font-size:10pt;margin:0;padding:0;max-width:none}}
h1{font-size:1.6em;margin:0 0 .2em}h2{font-size:1.25em;margin:0 0 .4em}h3{font-size:1em;margin:1em 0 .3em}
h1,h2,h3{break-after:avoid}
.subject{font-size:1.2em;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.15em .8em .15em 0;overflow-wrap:anywhere}
thead th{border-bottom:1px solid #888;font-weight:600}tbody th{font-weight:600;width:13em}
td.number,th.number{text-align:right}
tr,li{break-inside:avoid}
section{border-top:1px solid #999;margin-top:1.5em;padding-top:1em}
table.facts{break-inside:avoid}
ol{padding-left:1.6em;margin:0}li{margin-bottom:.3em}
[lang|="zh"]{color:#333}
code{font-family:"DejaVu Sans Mono",monospace;font-size:.9em}
.note{border-left:3px solid #b36b00;padding-left:.7em}
`;

/** The report of an evidence package, in English and Chinese, without scripts, that asks for nothing. */
export function reportHtml(facts: ReportFacts): string {
  const { subject, person, at, verdicts, events, packets, model, notes, time } = facts;
  const about = rows([
    ['Exported by', '导出人', escaped(person)],
    ['Exported at', '导出时间', time(at)],
    ['Model', '模型', model === null ? null : escaped(model.name)],
    ['Events', '事件', String(events)],
    ['Packets', '数据包', String(packets)],
  ]);
  const warnings = [
    ...(model?.simulated === true
      ? ['The model was trained on simulated captures alone: check each line. · 该模型仅以仿真抓包训练：请逐条核实。']
      : []),
    ...notes,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evidence · 证据 ${escaped(subject)}</title>
<style>${STYLE}</style>
</head><body>
<h1>Evidence · ${zh('证据')}</h1>
<p class="subject">${named(subject)}</p>
<table><tbody>${about}</tbody></table>
${warnings.map((note) => `<p class="note">${escaped(note)}</p>`).join('\n')}
${verdicts.length > 1 ? summary(verdicts) : ''}
${verdicts.map((verdict) => lineSection(verdict, time)).join('\n')}
${contents(facts.files)}
</body></html>
`;
}

function summary(verdicts: ReportFacts['verdicts']): string {
  const head = heads([
    ['Line', '线路'],
    ['Verdict', '结论'],
    ['Score', '得分', true],
    ['Calls', '通话', true],
  ]);
  const body = verdicts.map(
    ({ line, tier, score, calls }) =>
      `<tr><td>${escaped(line)}</td><td>${both(...TIERS[tier])}</td><td class="number">${score.toFixed(3)}</td><td class="number">${calls}</td></tr>`,
  );
  return `<section><h2>${both('Lines', '线路')}</h2><table>${head}<tbody>${body.join('')}</tbody></table></section>`;
}

function lineSection(verdict: ReportFacts['verdicts'][number], time: ReportFacts['time']): string {
  const { activity } = verdict;
  const sum = (of: (one: LineActivity['counterparts'][number]) => number): number =>
    activity.counterparts.reduce((all, one) => all + of(one), 0);
  const facts = rows([
    ['Verdict', '结论', `${both(...TIERS[verdict.tier])}, ${verdict.score.toFixed(3)}`],
    ['MSISDN', null, verdict.msisdn === null ? null : escaped(verdict.msisdn)],
    ['IMSI', null, verdict.imsi === null ? null : escaped(verdict.imsi)],
    ['Gateway', '网关（猫池）', verdict.gateway === null ? null : `#${verdict.gateway}`],
    ['First seen', '首次出现', time(Date.parse(verdict.first) / 1000)],
    ['Last seen', '最后出现', time(Date.parse(verdict.last) / 1000)],
    ['Calls', '通话', String(verdict.calls)],
    ['Other numbers', '对端号码', String(activity.distinct_counterparts)],
    ['Cell', '小区', verdict.cell === null ? null : escaped(verdict.cell)],
    ['User-Agent', null, verdict.user_agent === null ? null : escaped(verdict.user_agent)],
  ]);
  const reasons = verdict.reasons.map(({ text, text_zh }) => `<li>${escaped(text)}<br>${zh(escaped(text_zh))}</li>`);
  const called = table(
    ['Most called', '最常联系的号码', activity.distinct_counterparts],
    [
      ['Number', '号码'],
      ['Out', '主叫', true],
      ['In', '被叫', true],
      ['SMS', '短信', true],
      ['Talk, s', '通话秒数', true],
    ],
    activity.counterparts.map((one) => [one.number, one.out, one.in, one.sms, Math.round(one.talk_s)]),
  );
  const devices = table(
    ['Devices', '终端', activity.devices.length],
    [
      ['IMEI', null],
      ['Device', '型号'],
      ['First seen', '首次出现'],
      ['Last seen', '最后出现'],
      ['Events', '事件', true],
    ],
    activity.devices.map(({ imei, tac, type, first, last, events }) => [
      imei,
      type ?? tac,
      time(first),
      time(last),
      events,
    ]),
  );
  const endpoints = table(
    ['Addresses', '地址', activity.endpoints.length],
    [
      ['Address', '地址'],
      ['First seen', '首次出现'],
      ['Last seen', '最后出现'],
      ['Events', '事件', true],
    ],
    activity.endpoints.map(({ endpoint, first, last, events }) => [endpoint, time(first), time(last), events]),
  );
  return `<section><h2>${escaped(verdict.line)}</h2><table class="facts"><tbody>${facts}</tbody></table>
<h3>${both('Reasons', '原因')}</h3><ol>${reasons.join('\n')}</ol>
${sum(({ out, in: taken, sms }) => out + taken + sms) > 0 ? called : ''}${devices}${endpoints}</section>`;
}

/** What else is in the package. */
function contents(there: readonly string[]): string {
  const files = FILES.filter(([name]) => there.includes(name) || ALWAYS.includes(name)).map(
    ([name, english, chinese]) => `<tr><th><code>${name}</code></th><td>${english}<br>${zh(chinese)}</td></tr>`,
  );
  return `<section><h2>${both('In this package', '本证据包内容')}</h2><table class="facts"><tbody>${files.join('\n')}</tbody></table></section>`;
}

type Column = readonly [en: string, zh: string | null, number?: boolean];

/** A table of the first rows; nothing where there are none. */
function table(
  [english, chinese, all]: readonly [en: string, zh: string, all: number],
  columns: readonly Column[],
  lines: readonly (readonly (string | number)[])[],
): string {
  if (lines.length === 0) return '';
  const body = lines
    .slice(0, MOST_ROWS)
    .map(
      (cells) =>
        `<tr>${cells.map((cell, at) => `<td${columns[at]?.[2] === true ? ' class="number"' : ''}>${escaped(String(cell))}</td>`).join('')}</tr>`,
    );
  const shown = Math.min(MOST_ROWS, lines.length);
  const part = all > shown ? ` (${shown} / ${all})` : '';
  return `<h3>${both(english, chinese)}${part}</h3><table>${heads(columns)}<tbody>${body.join('\n')}</tbody></table>`;
}

function heads(columns: readonly Column[]): string {
  const cells = columns.map(
    ([english, chinese, isNumber]) => `<th${isNumber === true ? ' class="number"' : ''}>${both(english, chinese)}</th>`,
  );
  return `<thead><tr>${cells.join('')}</tr></thead>`;
}

function rows(facts: readonly (readonly [en: string, zh: string | null, value: string | null])[]): string {
  return facts
    .filter(([, , value]) => value !== null)
    .map(([english, chinese, value]) => `<tr><th>${both(english, chinese)}</th><td>${value}</td></tr>`)
    .join('\n');
}

/** A gateway or a case is named by a word that can be part of the name of a file. */
function named(subject: string): string {
  const [, kind, number] = /^(gateway|case)-(\d+)$/.exec(subject) ?? [];
  if (kind === undefined) return escaped(subject);
  return kind === 'case' ? both(`Case ${number}`, `案件 ${number}`) : both(`Gateway #${number}`, `网关 #${number}`);
}

function both(english: string, chinese: string | null): string {
  return chinese === null ? english : `${english} · ${zh(chinese)}`;
}

/** Readers, and printers, choose other characters for Chinese than for Japanese. */
function zh(html: string): string {
  return `<span lang="zh-CN">${html}</span>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
