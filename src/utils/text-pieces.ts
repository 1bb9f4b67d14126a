/** So many pieces are made one text. */
const most = 512

/** A text that comes in pieces. `+=` would keep a node of its own for each piece, in memory larger than the piece. */
export class TextPieces {
  #joined: string[] = []
  #pieces: string[] = []

  add(piece: string): void {
    if (this.#pieces.push(piece) < most) return
    this.#joined.push(this.#pieces.join(''))
    this.#pieces = []
  }

  toString(): string {
    const all = [...this.#joined, ...this.#pieces]
    if (all.length === 1) return all[0] as string
    const text = all.join('')
    this.#joined = [text]
    this.#pieces = []
    return text
  }
}
