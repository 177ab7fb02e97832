// Dynalite as a process that ends when its standard input does. Arguments: the folder it is installed in, and the port.
'use strict'

const [folder, port] = process.argv.slice(2)
const dynalite = require(require.resolve('dynalite', { paths: [folder] }))

dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }).listen(Number(port), '127.0.0.1')
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
