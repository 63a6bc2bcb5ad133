import type { CommandModule } from 'yargs';

/** Every command by its name, in the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<unknown>>> = {
  scan: async () => (await import('./commands/scan.ts')).scanCommand,
  messages: async () => (await import('./commands/messages.ts')).messagesCommand,
  events: async () => (await import('./commands/events.ts')).eventsCommand,
  features: async () => (await import('./commands/features.ts')).featuresCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  train: async () => (await import('./commands/train.ts')).trainCommand,
  evaluate: async () => (await import('./commands/evaluate.ts')).evaluateCommand,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
  watch: async () => (await import('./commands/watch.ts')).watchCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  review: async () => (await import('./commands/review.ts')).reviewCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  user: async () => (await import('./commands/user.ts')).userCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand,
};

/**
 * The command of this name; all of them where there is no such, for the help, a wrong name or a completion. One alone is there in half
 * the time that all take: a scan has no use for the web server.
 */
export async function commandsFor(name?: string): Promise<readonly CommandModule[]> {
  const wanted = name !== undefined && Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]!] : Object.values(COMMANDS);
  return (await Promise.all(wanted.map((load) => load()))) as CommandModule[];
}
