'use strict'
// The first thing that runs, in CommonJS and plain syntax: every Node that reads ES modules at all understands it.
const wanted = require('../../package.json').engines.node.replace('>=', '')
const found = process.versions.node

if (isOlder(found, wanted)) {
  console.error(`Vestibule needs Node >= ${wanted}; this is v${found}, at ${process.execPath}.`)
  process.exit(1)
}

function isOlder(one, other) {
  const numbers = one.split('.').map(Number)
  const others = other.split('.').map(Number)
  const at = others.findIndex((number, index) => number !== numbers[index])
  return at >= 0 && numbers[at] < others[at]
}
