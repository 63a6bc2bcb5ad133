import type { LineRow } from '../../store/cases/queue.ts';
import type { EvidenceVerdict } from './evidence.ts';

export interface ReportFacts {
  subject: string;
  person: string;
  at: string;
  verdicts: readonly EvidenceVerdict[];
  calls: number;
  packets: number;
  notes: readonly string[];
}

/** Tiers in both languages, as the pages name them. */
export const TIERS: Readonly<Record<LineRow['tier'], readonly [en: string, zh: string]>> = {
  none: ['not suspected', '未见可疑'],
  suspect: ['suspect', '可疑'],
  strong: ['strongly suspected', '高度可疑'],
};

/** The report of an evidence package: one page in English and Chinese, without scripts, that asks for nothing. */
export function reportHtml({ subject, person, at, verdicts, calls, packets, notes }: ReportFacts): string {
  const lines = verdicts.map((verdict) => {
    const reasons = verdict.reasons
      .map(({ text, text_zh }) => `<li>${escaped(text)}<br>${escaped(text_zh)}</li>`)
      .join('\n');
    const facts: [string, string | null][] = [
      ['Verdict · 结论', `${TIERS[verdict.tier].join(' · ')}, ${verdict.score.toFixed(3)}`],
      ['MSISDN', verdict.msisdn],
      ['IMSI', verdict.imsi],
      ['Gateway · 网关（猫池）', verdict.gateway === null ? null : `#${verdict.gateway}`],
      ['Seen · 时间', `${verdict.first} – ${verdict.last}`],
      ['Calls · 通话', String(verdict.calls)],
      ['Cell · 小区', verdict.cell],
      ['User-Agent', verdict.user_agent],
    ];
    const table = facts
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `<tr><th>${name}</th><td>${escaped(value ?? '')}</td></tr>`)
      .join('\n');
    return `<section><h2>${escaped(verdict.line)}</h2><table>${table}</table><h3>Reasons · 原因</h3><ul>${reasons}</ul></section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(subject)}</title>
<style>body{font:14px/1.5 sans-serif;max-width:50em;margin:2em auto;color:#111}table{border-collapse:collapse}th{text-align:left;padding-right:1.5em;font-weight:600}section{border-top:1px solid #999;margin-top:1.5em}</style>
</head><body>
<h1>Evidence · 证据：${escaped(subject)}</h1>
<p>Exported by ${escaped(person)} on ${escaped(at)}. · 导出人 ${escaped(person)}，时间 ${escaped(at)}。</p>
<p>${calls} events in calls.csv, ${packets} packets in packets.pcapng, features in features.json. Verify with <code>sha256sum -c SHA256SUMS</code>. ·
calls.csv 中 ${calls} 条事件，packets.pcapng 中 ${packets} 个数据包，特征见 features.json。用 <code>sha256sum -c SHA256SUMS</code> 校验。</p>
${notes.map((note) => `<p>${escaped(note)}</p>`).join('\n')}
${lines.join('\n')}
</body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
