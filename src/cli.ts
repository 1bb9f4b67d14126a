#!/usr/bin/env node
import process from 'node:process'
import { runCommand } from './cli/commands.ts'

process.exitCode = await runCommand(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
})
