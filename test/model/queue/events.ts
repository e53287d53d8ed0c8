/** Payment is a single step here, because it always follows the reservation. */
export interface QueueEvent {
  type:
    | 'order.created'
    | 'order.cancelled'
    | 'shipment.shipped'
    | 'stock.reserved'
    | 'stock.waiting'
    | 'stock.rejected'
    | 'payment.succeeded'
  order: number
}
