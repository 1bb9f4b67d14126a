/** A process that does one job, so that nobody else's garbage is on its bill. */
import { type JobOrder, jobs } from './jobs.ts'

process.once('message', (order: JobOrder) => {
  jobs[order.job](order).then(
    (result) => process.send?.({ result }, undefined, undefined, () => process.disconnect()),
    (error: unknown) => process.send?.({ error: String(error) }, undefined, undefined, () => process.exit(1)),
  )
})
