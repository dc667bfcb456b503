// Runs `vestibule` commands one after another in one process, each with an environment of its own: to start a process
// and load the code takes ten times as long as most commands. Started by installed.ts.
interface Request {
  args: readonly string[]
  env: Record<string, string>
}

const { main } = await import(process.argv[2] ?? '')
process.setSourceMapsEnabled(true)
// Each command listens to the errors of its output.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0)

/** Collects what is written from now on. */
function collect(stream: NodeJS.WriteStream): () => string {
  let text = ''
  stream.write = (chunk: string | Uint8Array) => {
    text += String(chunk)
    return true
  }
  return () => text
}

process.on('message', async ({ args, env }: Request) => {
  process.env = { ...env }
  process.exitCode = 0
  const [stdout, stderr] = [collect(process.stdout), collect(process.stderr)]
  await main(args)
  process.send?.({ code: process.exitCode, stdout: stdout(), stderr: stderr() })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
