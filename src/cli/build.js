// `npm run build`, and `prepare` after every `npm ci`.
import './node-version.cjs'
import { rmSync } from 'node:fs'
import { compile, isCompilerInstalled, newFolder, ROOT, removeOldBuilds, replaceDist } from './dev/compile.js'

if (isCompilerInstalled()) {
  removeOldBuilds()
  const folder = newFolder('build')
  const { result, stop } = compile(ROOT, folder)
  process.once('exit', stop)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  const { isComplete, output } = await result
  process.stdout.write(output)
  if (isComplete) replaceDist(folder)
  else {
    rmSync(ROOT + folder, { recursive: true, force: true })
    process.exitCode = 1
  }
} else {
  console.log('The TypeScript compiler is not installed (--omit=dev?), so the build was left as it is.')
}
