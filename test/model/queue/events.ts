/** What is said about one of the competing orders. Payment is a single step: it follows the reservation. */
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
