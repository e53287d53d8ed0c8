import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

/**
 * From the first response until it is closed, a connection of kafkajs 2.2.4 looks every millisecond for requests that
 * wait to be sent, although there are none: its timer starts itself again, with a delay that is negative, about which
 * Node warns on stderr (kafkajs #1704). Every process that talked to Kafka used 2 % of a core that way, idle or not. So
 * the timer only starts while requests wait, as they do when a broker throttles us. Remove this with kafkajs, which is
 * no longer maintained.
 */
const { prototype } = RequestQueue
const schedule = prototype.scheduleCheckPendingRequests

prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0) schedule.call(this)
}
