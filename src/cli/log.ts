import pino, { type DestinationStream, type Logger } from 'pino';
import { maskLine } from '../base/mask.ts';

/**
 * The log of a command, one JSON object a line: `level` by its name, `time` in ISO 8601 UTC. Fields that name a line are masked.
 *
 * @param base fields of every line
 */
export function openLog(level: string, base: Record<string, string>, destination: DestinationStream): Logger {
  const mask = (value: unknown): unknown => (typeof value === 'string' ? maskLine(value) : '*');
  return pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['line', 'msisdn', 'imsi', 'counterpart'], censor: mask },
    },
    destination,
  );
}
