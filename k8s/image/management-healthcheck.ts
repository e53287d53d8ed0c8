/**
 * The health command of the image with the command line. Who does nothing does it well: that Node starts is all there
 * is to see.
 */
process.exitCode = 0
