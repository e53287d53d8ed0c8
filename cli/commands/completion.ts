import { Argument, Command } from 'commander'
import type { About, Make } from '../command.ts'
import { oneOf } from '../shape.ts'

// Each shell calls mgmt with the words up to the cursor, so that ids, SKUs and topics are current.
const scripts = {
  bash: `_mgmt_complete() {
  local IFS=$'\\n' words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($("\${COMP_WORDS[0]/#\\~/$HOME}" completion --words -- "\${words[@]}" 2>/dev/null))
  [ "\${#COMPREPLY[@]}" -eq 1 ] && [ "\${COMPREPLY[0]%=}" != "\${COMPREPLY[0]}" ] && compopt -o nospace
  return 0
}
complete -F _mgmt_complete mgmt ./bin/mgmt bin/mgmt
`,
  // a file in $fpath is the function itself; a sourced one must register it
  zsh: `#compdef mgmt
_mgmt() {
  local -a found
  found=("\${(@f)$("\${words[1]/#\\~/$HOME}" completion --words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -S '' -- \${(M)found:#*=}
  compadd -- \${found:#*=}
}
if [[ "\${funcstack[1]}" = _mgmt ]]; then _mgmt; else compdef _mgmt mgmt; fi
`,
  fish: `function __mgmt_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  set -l program (string replace -r '^~' $HOME -- $words[1])
  $program completion --words -- $words[2..-1] "$typed" 2>/dev/null
end
complete -c mgmt -f -a '(__mgmt_complete)'
`,
}

export const about: About = {
  summary: 'Print what lets a shell complete commands, flags, ids and skus',
  prints: { shell: oneOf('bash', 'zsh', 'fish'), script: 'string' },
  samples: [{ args: 'bash', callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('completion')
    .description('Print the script that lets a shell complete commands, flags, order ids, skus, topics and contexts')
    .addArgument(new Argument('[shell]').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(mgmt completion bash)                                       in ~/.bashrc
  $ source <(mgmt completion zsh)                                        in ~/.zshrc, behind compinit
  $ mgmt completion zsh > "\${fpath[1]}/_mgmt"
  $ mgmt completion fish > ~/.config/fish/completions/mgmt.fish`,
    )
    .action(async (shell: keyof typeof scripts | undefined) => {
      const mgmt = await ready()
      await mgmt.print({ shell: shell ?? 'bash', script: scripts[shell ?? 'bash'] }, ({ script }) => script.trimEnd())
    })
