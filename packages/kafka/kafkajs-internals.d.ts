/** kafkajs declares the types of its public interface only. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[]
    scheduleCheckPendingRequests(): void
  }
}
