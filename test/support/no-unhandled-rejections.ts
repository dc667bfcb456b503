// Imported by whatever starts an app: a rejection that nobody handles fails the file it happens in, whenever it comes.
const unhandled: unknown[] = []

process.on('unhandledRejection', reason => void unhandled.push(reason))
process.on('exit', () => {
  if (unhandled.length === 0) return
  console.error('DS-16 nobody handled these rejections:', ...unhandled)
  process.exitCode = 1
})

/** What nobody has handled so far. */
export const unhandledRejections: readonly unknown[] = unhandled
