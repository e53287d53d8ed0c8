import { findOrFetchTool, findTool as find, type Tool } from '@docket/local/tools.ts'

type PrometheusTool = 'prometheus' | 'promtool'

export const howToGetTools =
  'install Prometheus 2.42 or newer (apt-get install prometheus), or put promtool and prometheus into .local/tools/usr/bin; ' +
  'where there is apt, npm run observability:check fetches them without root'

const tool = (name: PrometheusTool): Tool => ({
  name,
  debianPackage: async () => 'prometheus',
  size: '20 MB',
  howToInstall: howToGetTools,
})

/** Where the program is: in the PATH, or in .local/tools, where `npm run observability:check` puts it. */
export const findTool = (name: PrometheusTool): string | undefined => find(tool(name))?.path

export const theTool = async (name: PrometheusTool, print: (line: string) => void): Promise<string> =>
  (await findOrFetchTool(tool(name), print)).path
