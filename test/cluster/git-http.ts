import { parseArgs } from 'node:util'
import { createGitServer } from './git-server.ts'

// Serves repositories for reading: `--listen HOST:PORT --repo NAME=DIR...`, at /NAME.git. The cluster is
// named for those who look for its processes.

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '' },
    cluster: { type: 'string' },
    repo: { type: 'string', multiple: true, default: [] },
  },
})
const [host = '', port = ''] = values.listen.split(':')
const directories = values.repo.map((given): [string, string] => {
  const cut = given.indexOf('=')
  return [given.slice(0, cut), given.slice(cut + 1)]
})
createGitServer(new Map(directories)).listen(Number(port), host)
