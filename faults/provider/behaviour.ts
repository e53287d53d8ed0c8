/** How the payment provider misbehaves; probabilities from 0 to 1, nothing set: it works. */
export interface Behaviour {
  /** Answers 500, and has done nothing. */
  fails?: number
  /** Does it, and cuts the connection. */
  losesAnswers?: number
  /** Says nothing for longer than anybody waits, then goes on. */
  hangs?: number
  /** Takes about so long for everything. */
  slowMs?: number
}

/** Tells a running provider how to behave. */
export async function behave(provider: string, behaviour: Behaviour): Promise<void> {
  const response = await fetch(`${provider}/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) })
  if (!response.ok) throw new Error(`the provider answered ${response.status}`)
}
