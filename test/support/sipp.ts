import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What sipp, an independent SIP implementation, is to do: `<scenario>-caller.xml` against `<scenario>-called.xml`. */
export interface SippPlan {
  scenario: 'answered' | 'hung-up' | 'busy' | 'cancelled' | 'declined' | 'registered' | 'refused';
  transport: 'udp' | 'tcp';
  /** Calls placed, one after the other by half a second; the n-th, from 1, has the numbers `caller + n` and `called + n`. */
  calls: number;
  caller: string;
  called: string;
}

const SCENARIOS = fileURLToPath(new URL('sipp', import.meta.url));
const SECONDS = 20;
const IS_LOOPBACK_V4 = '0100007F';

/**
 * Places the calls of all plans at once on loopback and writes what tcpdump saw of them to `file`. Throws where a program is
 * missing, may not capture, or a call did not go as its scenario says.
 */
export async function placeCalls(plans: readonly SippPlan[], folder: string, file: string): Promise<void> {
  const ports = await freePorts(plans.length * 2);
  const children: ChildProcess[] = [];
  try {
    const called = ports.slice(0, plans.length);
    const capture = start(children, folder, 'tcpdump', [
      ...['-i', 'lo', '-n', '-U', '--immediate-mode', '-Z', process.env.USER || 'root', '-w', file],
      called.map((port) => `port ${port}`).join(' or '),
    ]);
    await capture.said(/listening on/);
    const waiting = plans.map((plan, i) => sipp(children, folder, plan, 'called', called[i]!));
    await Promise.all(plans.map((plan, i) => isBound(plan.transport, called[i]!, waiting[i]!)));
    const calling = plans.map((plan, i) =>
      sipp(children, folder, plan, 'caller', ports[plans.length + i]!, called[i]!),
    );
    await Promise.all([...waiting, ...calling].map((program) => program.done()));
    // The last packets reach tcpdump's file within its next read.
    await sleep(300);
    capture.child.kill('SIGINT');
    await capture.done();
  } finally {
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

function sipp(
  children: ChildProcess[],
  folder: string,
  plan: SippPlan,
  side: 'caller' | 'called',
  port: number,
  peer?: number,
): Program {
  return start(children, folder, 'sipp', [
    ...(peer === undefined ? [] : [`127.0.0.1:${peer}`]),
    ...['-sf', join(SCENARIOS, `${plan.scenario}-${side}.xml`), '-i', '127.0.0.1', '-p', String(port)],
    ...['-t', plan.transport === 'tcp' ? 't1' : 'u1', '-key', 'caller', plan.caller, '-s', plan.called],
    ...['-m', String(plan.calls), '-r', '2', '-nostdin', '-timeout', `${SECONDS}s`, '-timeout_error'],
  ]);
}

interface Program {
  child: ChildProcess;
  /** Resolves when its standard error matches. */
  said(pattern: RegExp): Promise<void>;
  /** Resolves when it has ended well; throws with its last words otherwise. */
  done(): Promise<void>;
}

function start(children: ChildProcess[], cwd: string, command: string, arguments_: string[]): Program {
  const child = spawn(command, arguments_, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let words = '';
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    output = (output + chunk).slice(-2000);
  });
  const closed = once(child, 'close').then(
    ([code]) => (code === 0 ? null : `${command} ended with status ${code}: ${words || output}`),
    (error: Error) => `${command} did not run: ${error.message}`,
  );
  return {
    child,
    async said(pattern) {
      for (let waited = 0; !pattern.test(words); waited += 20) {
        if (child.exitCode !== null || child.pid === undefined)
          throw new Error((await closed) ?? `${command} ended at once`);
        if (waited > 5000) throw new Error(`${command} did not say ${pattern}: ${words}`);
        await sleep(20);
      }
    },
    async done() {
      const stop = new AbortController();
      const late = sleep((SECONDS + 5) * 1000, `${command} did not end`, { signal: stop.signal }).catch(() => null);
      const failure = await Promise.race([closed, late]);
      stop.abort();
      if (failure) throw new Error(failure);
    },
  };
}

/** Waits until a socket is bound to the port, as the kernel lists it: a probe by packet would be in the capture. */
async function isBound(transport: 'udp' | 'tcp', port: number, program: Program): Promise<void> {
  const wanted = `${IS_LOOPBACK_V4}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (let waited = 0; !readFileSync(`/proc/net/${transport}`, 'latin1').includes(wanted); waited += 20) {
    if (program.child.exitCode !== null || waited > 5000)
      throw new Error(`sipp does not listen on ${transport} port ${port}`);
    await sleep(20);
  }
}

/** Ports that were free for UDP and TCP on loopback just now. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  const release: (() => void)[] = [];
  while (ports.length < count) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const socket = createSocket('udp4');
    release.push(
      () => server.close(),
      () => socket.close(),
    );
    socket.bind(port, '127.0.0.1');
    const free = await Promise.race([
      once(socket, 'listening').then(() => true),
      once(socket, 'error').then(() => false),
    ]);
    if (free) ports.push(port);
  }
  for (const close of release) close();
  return ports;
}
