import type { CommandModule } from 'yargs';
import { Counters } from '../../base/counters.ts';
import { NumberPlan } from '../../base/numbers.ts';
import { listCaptures } from '../../capture/list.ts';
import type { CaptureResult } from '../../capture/read.ts';
import { decodeCapture } from '../../events/capture-events.ts';
import { Stitch } from '../../events/stitch.ts';
import { MESSAGE_COLUMNS, messageRecord } from '../../messages/record.ts';
import { ss7Record } from '../../messages/ss7-record.ts';
import { notRead } from '../not-read.ts';
import { type CaptureArguments, collectOptionsOf, decodeOptions, outputOptions } from '../options.ts';
import { type Format, openRecords } from '../records.ts';
import { progressBar, say, warnOfCaptures, writeStats } from '../report.ts';

interface Arguments extends Omit<CaptureArguments, 'feed' | 'workers'> {
  format: Format;
  output?: string | undefined;
  stats?: string | undefined;
}

export const messagesCommand: CommandModule<object, Arguments> = {
  command: 'messages <capture...>',
  describe: 'What the decoders saw: one record per signalling message',
  builder: (yargs) =>
    outputOptions(decodeOptions(yargs, true), 'ndjson')
      .example('$0 messages trace.pcapng --format table', 'every SIP and SS7 message of a capture')
      .example('$0 messages a-interface.pcap --ss7-variant china', 'point codes of 24 bits, without a guess')
      .example("$0 messages spool/ | jq 'select(.status == 486)'", 'all busy answers in a folder of captures') as never,
  handler: messages,
};

async function messages(args: Arguments): Promise<void> {
  const started = performance.now();
  // Records come in the order of the captures, so one is read after the other.
  const options = collectOptionsOf({ ...args, workers: 1 });
  const counters = new Counters();
  const inputs = await listCaptures(args.capture, counters);
  const writer = openRecords(
    {
      schema: 'catpool.message/1',
      columns: MESSAGE_COLUMNS,
      table: {
        time: 30,
        frame: 7,
        source: 21,
        destination: 21,
        protocol: 8,
        type: 26,
        operation: 20,
        from_user: 16,
        to_user: 16,
        calling: 16,
        called: 16,
        imsi: 15,
        call_id: 24,
      },
      sparse: true,
    },
    args.format,
    args.output ?? null,
  );
  const bar = progressBar(inputs.reduce((sum, input) => sum + (input.bytes ?? 0), 0));
  const captures: CaptureResult[] = [];
  const context = {
    feed: options.feed,
    plan: new NumberPlan(options.homeCountry),
    ss7Variant: options.ss7Variant ?? null,
  };
  const paths = new Map<string, string>();
  // Events are made only to know what continues in the next capture.
  const stitch = new Stitch(
    context,
    options.limits,
    counters,
    () => undefined,
    (message, payload, duplicate, addresses, capture) => {
      writer.write(messageRecord(message, payload, duplicate, paths.get(capture.sha256) ?? '', addresses));
    },
    (message, payload, duplicate, capture) => {
      writer.write(ss7Record(message, payload, duplicate, paths.get(capture.sha256) ?? ''));
    },
  );
  try {
    let before = 0;
    for (const input of inputs) {
      const decoded = await decodeCapture(
        input,
        context,
        options.limits,
        {
          onMessage: (message, payload, duplicate, addresses) =>
            writer.write(messageRecord(message, payload, duplicate, input.path, addresses)),
          onSs7: (message, payload, duplicate) => writer.write(ss7Record(message, payload, duplicate, input.path)),
        },
        { onProgress: (bytes) => bar.update(before + bytes) },
      );
      before += decoded.result.diskBytes;
      counters.merge(decoded.counters);
      captures.push(decoded.result);
      paths.set(decoded.ends.capture.sha256, input.path);
      stitch.add({ ...decoded.ends, states: [] });
      if (writer.closed) break;
    }
    stitch.finish();
    bar.stop();
    await writer.end();
  } catch (error) {
    bar.stop();
    writer.abandon();
    throw error;
  }
  const damaged = warnOfCaptures(captures, [], counters);
  const words = notRead(counters);
  if (words !== '') say(words);
  if (args.stats !== undefined) writeStats(args.stats, captures, counters, (performance.now() - started) / 1000);
  if (damaged && args.strict) process.exitCode = 1;
}
