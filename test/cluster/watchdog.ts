import { spawn, type ChildProcess } from 'node:child_process'

/**
 * Holds the other end of a pipe: whatever ends this process, the pipe closes, and then the process
 * group and the directory have to go. A shell is small, and nothing of ours can break it.
 */
const script = `
trap '' HUP INT TERM
cat >/dev/null
kill -s KILL -- "-$1" 2>/dev/null
sleep 1
chmod -R u+rwX -- "$2" 2>/dev/null
rm -rf -- "$2"
rmdir -- "$3" 2>/dev/null
`

/** Of the process group that this process leads. */
export function startWatchdog(dir: string, parentDir: string): ChildProcess {
  const args = ['-c', script, 'solewriter-watchdog', String(process.pid), dir, parentDir]
  return spawn('sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
}

export function dismissWatchdog({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
