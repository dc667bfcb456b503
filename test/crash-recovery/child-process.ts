// An app that ends itself at one point of the callback, or of another request, as `kill -9` would. Started by child-app.ts.
import type { ChildOptions } from './child-app.js'
import { startWatchedApp } from './watched-app.js'

const { point, ...options }: ChildOptions = JSON.parse(process.argv[2] ?? '')
const app = await startWatchedApp(options, name => {
  if (name === point) process.kill(process.pid, 'SIGKILL')
})
process.on('message', () => process.exit())
process.on('disconnect', () => process.exit())
process.send?.(app.origin)
