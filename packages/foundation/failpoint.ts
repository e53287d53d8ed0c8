export type Fault = <T>(name: string, work: () => Promise<T>) => Promise<T>

let fault: Fault | undefined

/**
 * Does the work at a failpoint, where a fault run can kill the process, throw, hang, or do the work and then fail.
 * Without a fault run it is the work alone. No setting of a service activates failpoints: only a module that is loaded
 * into the process before the service does.
 */
export const failpoint = <T>(name: string, work: () => Promise<T>): Promise<T> => (fault ? fault(name, work) : work())

/** For fault runs only; nothing in a service calls it. */
export function activateFailpoints(here: Fault): void {
  fault = here
}
