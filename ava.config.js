export default {
  extensions: ['ts', 'js'],
  files: ['**/*.test.ts', '!node_modules/**', '!.local/**', '!.home/**'],
  timeout: '60s',
  concurrency: 2,
}
