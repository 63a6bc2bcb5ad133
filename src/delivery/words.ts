import type { Finding } from './alert.ts';

const TIER_ZH = { none: '正常', suspect: '可疑', strong: '高度可疑' } as const;

/** What is said of a finding in one sentence, in English and Chinese, with its numbers as they stand in it. */
export function sentences(finding: Finding): { text: string; text_zh: string } {
  switch (finding.kind) {
    case 'new_suspect':
      return {
        text: `Line ${finding.line} is ${finding.tier} (score ${score(finding.score)})${list(': ', finding.reasons, ' · ')}`,
        text_zh: `线路 ${finding.line} ${TIER_ZH[finding.tier]}（得分 ${score(finding.score)}）${list('：', finding.reasons_zh, '；')}`,
      };
    case 'tier_changed':
      return {
        text: `Line ${finding.line} went from ${finding.from} to ${finding.to} (score ${score(finding.score)})${list(': ', finding.reasons, ' · ')}`,
        text_zh: `线路 ${finding.line} 由${TIER_ZH[finding.from]}变为${TIER_ZH[finding.to]}（得分 ${score(finding.score)}）${list('：', finding.reasons_zh, '；')}`,
      };
    case 'new_gateway':
      return {
        text: `Gateway ${finding.gateway} (score ${score(finding.score)}, ${count(finding.line_count, 'line')})${list(': ', finding.evidence, ' · ')}`,
        text_zh: `网关 ${finding.gateway}（得分 ${score(finding.score)}，${finding.line_count} 条线路）${list('：', finding.evidence_zh, '；')}`,
      };
    case 'feed_lost':
      return {
        text: `No ${finding.protocol} packets from ${finding.feed} for ${count(finding.minutes, 'minute')}${finding.last === null ? '' : `, the last at ${finding.last}`}`,
        text_zh: `${finding.feed} 已 ${finding.minutes} 分钟没有 ${finding.protocol} 数据包${finding.last === null ? '' : `，最后一个在 ${finding.last}`}`,
      };
    case 'clock_jump':
      return {
        text: `The clock of ${finding.feed} went ${finding.seconds < 0 ? 'back' : 'forward'} by ${count(Math.abs(finding.seconds), 'second')}`,
        text_zh: `${finding.feed} 的时钟${finding.seconds < 0 ? '后退' : '前跳'}了 ${Math.abs(finding.seconds)} 秒`,
      };
    case 'disk_nearly_full': {
      const percent = finding.total_bytes > 0 ? ((100 * finding.free_bytes) / finding.total_bytes).toFixed(1) : '0.0';
      return {
        text: `The disk of ${finding.path} is nearly full: ${percent} % of it is free, ${gigabytes(finding.free_bytes)}`,
        text_zh: `${finding.path} 所在磁盘将满：剩余 ${percent} %，${gigabytes(finding.free_bytes)}`,
      };
    }
    case 'drift':
      return {
        text: `${finding.measure} is ${finding.value}, out of the ${finding.low} to ${finding.high} that the model was trained on`,
        text_zh: `${finding.measure} 为 ${finding.value}，超出模型训练时的范围 ${finding.low} 至 ${finding.high}`,
      };
  }
}

function score(value: number): string {
  return value.toFixed(3).replace(/^0/, '');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}

function list(before: string, items: readonly string[], between: string): string {
  return items.length === 0 ? '' : before + items.slice(0, 4).join(between);
}
