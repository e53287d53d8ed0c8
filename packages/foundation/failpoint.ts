/** Stands around an operation: does it, or something worse. */
export type Fault = <T>(name: string, work: () => Promise<T>) => Promise<T>

let fault: Fault | undefined

/**
 * Goes through a named place at which a fault run can kill, throw or hang, or do the work and then fail. Without one it
 * is the work alone. No setting of a service puts a fault here: only a module that is loaded into the process before it
 * does.
 */
export const failpoint = <T>(name: string, work: () => Promise<T>): Promise<T> => (fault ? fault(name, work) : work())

/** For fault runs only; nothing in a service calls it. */
export function activateFailpoints(here: Fault): void {
  fault = here
}
