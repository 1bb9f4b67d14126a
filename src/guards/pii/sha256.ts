// Addresses of coins carry a check sum made with SHA-256, and the runtime's own is only to be had as a promise.

const size = 64

/** The digest of some bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const constants = roundConstants()
  const state = startState()
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / size) * size)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, bytes.length * 8)
  const words = new Uint32Array(size)
  for (let at = 0; at < padded.length; at += size) compress(view, at, words, state, constants)
  const digest = new Uint8Array(32)
  state.forEach((word, index) => {
    new DataView(digest.buffer).setUint32(index * 4, word)
  })
  return digest
}

function compress(view: DataView, at: number, w: Uint32Array, state: Uint32Array, k: Uint32Array): void {
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + i * 4)
  for (let i = 16; i < size; i++) {
    const [a, b] = [w[i - 15] as number, w[i - 2] as number]
    const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)
    const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)
    w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < size; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (k[i] as number) + (w[i] as number)) | 0
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0]
  }
  ;[a, b, c, d, e, f, g, h].forEach((value, index) => {
    state[index] = (state[index] as number) + value
  })
}

function turn(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by))
}

let constants: Uint32Array | undefined

/** The first 32 bits of the fractions of the cube roots of the first 64 primes. */
function roundConstants(): Uint32Array {
  constants ??= Uint32Array.from(primes(size), (prime) => fraction(Math.cbrt(prime)))
  return constants
}

/** The same of the square roots of the first eight. */
function startState(): Uint32Array {
  return Uint32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)))
}

function fraction(value: number): number {
  return (value - Math.floor(value)) * 2 ** 32
}

function primes(count: number): number[] {
  const found: number[] = []
  for (let number = 2; found.length < count; number++) {
    if (found.every((prime) => number % prime !== 0)) found.push(number)
  }
  return found
}
