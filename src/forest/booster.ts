import { parentPort, workerData } from 'node:worker_threads';
import { growBoosted, type PreparedBoost } from './boost.ts';

/** A thread that grows boosted trees: each rests on those before it. */
parentPort!.postMessage(growBoosted(workerData as PreparedBoost));
