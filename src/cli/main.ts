#!/usr/bin/env node
import { hideBin } from 'yargs/helpers';
import { run } from './program.ts';

await run(hideBin(process.argv));
