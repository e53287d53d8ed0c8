/**
 * The health command of the image with the command line. The process does nothing, so all there is to check is that
 * Node starts.
 */
process.exitCode = 0
