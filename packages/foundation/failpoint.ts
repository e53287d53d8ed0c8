export type Fault = <T>(name: string, work: () => Promise<T>) => Promise<T>

let fault: Fault | undefined

/**
 * Runs the work at a failpoint, where a fault run can kill the process, throw, hang, or fail after the work. Without a
 * fault run, it only runs the work. No setting of a service activates failpoints: only a module that is loaded into the
 * process before the service can.
 */
export const failpoint = <T>(name: string, work: () => Promise<T>): Promise<T> => (fault ? fault(name, work) : work())

/** For fault runs only; no service calls it. */
export function activateFailpoints(here: Fault): void {
  fault = here
}
