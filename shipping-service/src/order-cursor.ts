/** Pages of what an order has several of: by order, then by id. */
interface Position {
  orderId: string
  id: string
}

export const cursorOf = ({ orderId, id }: Position) => `${orderId}_${id}`

export function afterCursor(cursor: string | undefined): Position | undefined {
  const [orderId, id] = cursor?.toLowerCase().split('_') ?? []
  return orderId !== undefined && id !== undefined ? { orderId, id } : undefined
}
