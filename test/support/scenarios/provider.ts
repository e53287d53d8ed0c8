import { startProvider, type ProviderProcess } from '@docket/test/faults/provider/process.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { startStack, type Stack } from '../stack.ts'

export interface StackWithProvider {
  stack: Stack
  provider: ProviderProcess
  stop(): Promise<void>
}

export async function startWithProvider(orderService: Record<string, string> = {}): Promise<StackWithProvider> {
  const provider = await startProvider(addresses())
  const stack = await startStack({
    'order-service': { STUCK_AFTER: '1s', ...orderService },
    'payment-service': { PAYMENT_PROVIDER: provider.url },
  }).catch(async (error: unknown) => {
    await provider.kill()
    throw error
  })
  await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
  return {
    stack,
    provider,
    async stop() {
      await stack.stop()
      await provider.kill()
    },
  }
}
