// uPlot asks Intl for the numbers of the browser's language as it loads. Where the locale of the machine is C or POSIX,
// Chromium says en-US@posix, which is none that Intl knows.
try {
  Intl.NumberFormat(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' })
}
