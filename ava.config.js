export default {
  extensions: ['ts', 'js'],
  files: ['**/*.test.ts', '!node_modules/**', '!.local/**'],
  timeout: '60s',
  concurrency: 2,
}
