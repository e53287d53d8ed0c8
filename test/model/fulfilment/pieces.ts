/** Pieces of an item, and how the model counts them. */
export interface Pieces {
  sku: string
  quantity: number
}

export interface PlacedPieces extends Pieces {
  location: string
}

export const count = (pieces: readonly Pieces[]) => pieces.reduce((sum, { quantity }) => sum + quantity, 0)

export const countOf = (sku: string, pieces: readonly Pieces[]) => count(pieces.filter(piece => piece.sku === sku))

/** The pieces by sku, wherever they are. */
export const bySku = (pieces: readonly Pieces[]): Pieces[] =>
  [...Map.groupBy(pieces, ({ sku }) => sku)].map(([sku, some]) => ({ sku, quantity: count(some) }))

/** Every choice of some of the pieces, at least one of them. */
export const someOf = (pieces: readonly Pieces[]): Pieces[][] =>
  pieces
    .reduce<Pieces[][]>(
      (choices, { sku, quantity }) =>
        choices.flatMap(choice =>
          Array.from({ length: quantity + 1 }, (_, n) => (n === 0 ? choice : [...choice, { sku, quantity: n }])),
        ),
      [[]],
    )
    .filter(choice => choice.length > 0)

export const inWords = (pieces: readonly Pieces[]) =>
  pieces.map(({ sku, quantity }) => `${quantity} ${sku}`).join(' + ') || 'nothing'
