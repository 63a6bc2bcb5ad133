import { basename } from 'node:path';
import type { CommandModule } from 'yargs';
import { Sink } from '../sink.ts';

/** What a shell sources: it asks the program itself, which says what may come next. */
const SCRIPTS = {
  bash: `# catpool completion bash >> ~/.bashrc
_catpool_completion() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(SHELL=bash catpool --get-yargs-completions "\${COMP_WORDS[@]}")" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _catpool_completion catpool
`,
  zsh: `#compdef catpool
# catpool completion zsh >> ~/.zshrc
_catpool_completion() {
  local replies
  replies=(\${(f)"$(SHELL=zsh catpool --get-yargs-completions "\${words[@]}")"})
  if (( \${#replies} )); then _describe 'values' replies; else _default; fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then _catpool_completion "$@"; else compdef _catpool_completion catpool; fi
`,
} as const;

interface Arguments {
  shell?: keyof typeof SCRIPTS | undefined;
}

export const completionCommand: CommandModule<object, Arguments> = {
  command: 'completion [shell]',
  describe: 'Print a shell completion script',
  builder: (yargs) =>
    yargs
      .positional('shell', {
        describe: 'Shell that reads it',
        choices: Object.keys(SCRIPTS),
        defaultDescription: 'the one in use',
      })
      .example('$0 completion bash >> ~/.bashrc', 'commands and options on Tab, from the next shell on')
      .example('$0 completion zsh >> ~/.zshrc', 'the same') as never,
  handler: ({ shell }) => {
    const inUse = basename(process.env.SHELL ?? '') === 'zsh' ? 'zsh' : 'bash';
    const sink = new Sink(null);
    sink.write(SCRIPTS[shell ?? inUse]);
    sink.end();
  },
};
