import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIRST_CORE, line, median, rate, readPlainly, root, sliceOf, type Timing, timed } from './measure.ts';
import { writeSs7Capture } from './ss7-capture.ts';

/** Packets that tshark is given: at its rate, two or three seconds. */
const SLICE_PACKETS = 150_000;
/** Of the simulated hour that is repeated. */
const PATTERN_MEGABYTES = 50;
/** What a scan takes from each message, as tshark names it. */
const TSHARK_FIELDS = [
  ...['frame.number', 'frame.time_epoch', 'ip.src', 'ip.dst', 'm3ua.protocol_data_opc', 'm3ua.protocol_data_dpc'],
  ...['isup.message_type', 'isup.cic', 'e164.called_party_number.digits', 'e164.calling_party_number.digits'],
  ...['q931.cause_value', 'sccp.message_type', 'sccp.dlr', 'sccp.slr', 'sccp.called.digits', 'sccp.calling.digits'],
  ...['tcap.otid', 'tcap.dtid', 'gsm_old.localValue', 'camel.local', 'e212.imsi', 'e164.msisdn', 'gsm_a.imei'],
  ...['gsm_a.bssmap.msgtype', 'gsm_a.dtap.msg_mm_type', 'gsm_a.dtap.msg_cc_type', 'gsm_a.tmsi', 'gsm_a.imeisv'],
  ...['gsm_a.lac', 'gsm_a.bssmap.cell_ci', 'gsm_a.dtap.cld_party_bcd_num', 'gsm_a.dtap.clg_party_bcd_num'],
];

/** A generated mixed capture, made where it is missing. */
export async function ss7Capture(folder: string, gigabytes: number): Promise<string> {
  const path = join(folder, `ss7-${gigabytes}-gigabytes.pcap`);
  const marker = `${path}.complete`;
  if (!existsSync(marker)) {
    console.log(`generating ${gigabytes} GB ...`);
    await writeSs7Capture(path, gigabytes * 1e9, PATTERN_MEGABYTES);
    writeFileSync(marker, '');
  }
  return path;
}

/** Speed and memory on SS7, beside tshark on the same core. */
export async function benchSs7(folder: string, gigabytes: number, runs: number): Promise<void> {
  const big = await ss7Capture(folder, gigabytes);
  const slice = join(folder, 'ss7-slice.pcap');
  sliceOf(big, slice, SLICE_PACKETS);
  const megabytes = statSync(big).size / 1e6;
  console.log(
    `capture: ${megabytes.toFixed(0)} MB; slice for tshark: ${SLICE_PACKETS} packets; medians of ${runs} runs on core 0\n`,
  );
  const plain = median(Array.from({ length: runs }, () => readPlainly(big)));
  line('plain read of the file', `${(megabytes / plain).toFixed(0)} MB/s`);

  const main = join(root, 'dist/cli/main.js');
  const stats = join(folder, 'ss7-stats.json');
  const output = join(folder, 'ss7-tshark.txt');
  const fields = TSHARK_FIELDS.flatMap((field) => ['-e', field]);
  const ours: Timing[] = [];
  const theirs: Timing[] = [];
  const peaks: number[] = [];
  let messages: Record<string, number> = {};
  let units = 0;
  let sliceMessages = 0;
  for (let i = 0; i < runs; i++) {
    const scan = [...FIRST_CORE, 'node', main, 'scan', big, '--workers', '1', '--home-country', 'CN', '--stats', stats];
    ours.push(timed(scan));
    const counted = JSON.parse(readFileSync(stats, 'utf8'));
    ({ messages } = counted.counters);
    // One signal unit in each packet, here and in what tshark prints; a unit with several components counts once.
    units = counted.counters.packets.read;
    peaks.push(counted.peak_rss_bytes / 1e6);
    const tshark = [...FIRST_CORE, 'tshark', '-n', '-r', slice, '-Y', 'isup or sccp', '-T', 'fields', ...fields];
    theirs.push(timed(tshark, output));
    sliceMessages = readFileSync(output, 'latin1').split('\n').length - 1;
  }
  const seconds = median(ours.map((timing) => timing.seconds));
  const tsharkSeconds = median(theirs.map((timing) => timing.seconds));
  const perCpu = units / median(ours.map((timing) => timing.cpuSeconds));
  const tsharkPerCpu = sliceMessages / median(theirs.map((timing) => timing.cpuSeconds));
  line('messages', JSON.stringify(messages));
  line(
    'catpool scan',
    `${rate(units / seconds)} messages/s, ${(megabytes / seconds).toFixed(0)} MB/s, ${seconds.toFixed(2)} s for ${rate(units)}`,
  );
  line(
    'tshark, same fields',
    `${rate(sliceMessages / tsharkSeconds)} messages/s, ${tsharkSeconds.toFixed(2)} s for ${rate(sliceMessages)}`,
  );
  line('ratio, wall', `${(units / seconds / (sliceMessages / tsharkSeconds)).toFixed(1)} x`);
  line(
    'ratio, CPU time',
    `${(perCpu / tsharkPerCpu).toFixed(1)} x (${rate(perCpu)} and ${rate(tsharkPerCpu)} messages a CPU second)`,
  );
  line('scan against plain read', `${(seconds / plain).toFixed(1)} x its time`);
  line('peak memory of scan', `${median(peaks).toFixed(0)} MB`);
}
